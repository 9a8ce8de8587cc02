# frozen_string_literal: true

require_relative 'error'
require_relative 'version'

module LibPostHog
  # Constructor options: posthog-ruby's names to the library's.
  module Options
    # posthog-ruby's names and the library's, for values that go as they are.
    RENAMED = {
      api_key: :api_key,
      host: :host,
      secret_key: :secret_key,
      personal_api_key: :personal_api_key,
      max_queue_size: :max_queue_size,
      max_retries: :max_retries,
      feature_flag_request_max_retries: :feature_flags_request_max_retries,
      is_server: :is_server,
      # the library's own
      flush_at: :flush_at,
      max_batch_size: :max_batch_size,
      max_queue_bytes: :max_queue_bytes,
      max_cache_size: :max_cache_size,
      mode: :mode,
      disabled: :disabled,
      disable_geoip: :disable_geoip,
      historical_migration: :historical_migration,
      super_properties: :super_properties,
      enable_local_evaluation: :enable_local_evaluation,
      only_evaluate_locally: :only_evaluate_locally,
      send_feature_flag_events: :send_feature_flag_events,
      remote_budget_per_minute: :remote_budget_per_minute,
      evaluation_contexts: :evaluation_contexts,
      capture_mode: :capture_mode,
      request_timeout_ms: :request_timeout_ms,
      shutdown_timeout_ms: :shutdown_timeout_ms,
      exit_timeout_ms: :exit_timeout_ms,
      headers: :headers,
      proxy: :proxy,
      no_proxy: :no_proxy,
      ca_file: :ca_file,
      memory_limit_mb: :memory_limit_mb
    }.freeze

    SECONDS = {
      flush_interval_seconds: :flush_interval_ms,
      feature_flags_polling_interval: :feature_flags_polling_interval_ms,
      feature_flag_request_timeout_seconds: :feature_flags_request_timeout_ms
    }.freeze

    # What the binding itself reads.
    OWN = %i[debug fork_copy].freeze

    # Options of posthog-ruby that do not exist here, with the values that ask for nothing: anything else is refused,
    # since an option that is silently ignored is worse than none.
    ABSENT = {
      on_error: [nil],
      sync_mode: [nil, false],
      skip_ssl_verification: [nil, false],
      flag_definition_cache_provider: [nil],
      # Definitions load in the background and the first flag call waits for them; a disabled or second client says
      # nothing anyway.
      feature_flags_async_load: [nil, true, false],
      silence_disabled_client_error: [nil, true, false],
      disable_singleton_warning: [nil, true, false]
    }.freeze

    NAMES = [
      *RENAMED.keys, *SECONDS.keys, *OWN, *ABSENT.keys, :batch_size, :before_send, :compress_request, :test_mode
    ].freeze

    module_function

    # The input of the library's open.
    # @raise [Error] UNSUPPORTED for an option of posthog-ruby that is not built
    # @raise [ArgumentError] for a name neither knows
    def translate(options)
      options = options.transform_keys(&:to_sym)
      unknown = options.keys - NAMES
      raise ArgumentError, "unknown option: #{unknown.join(', ')}" unless unknown.empty?

      opened = { lib: 'libposthog-ruby', lib_version: VERSION, **surroundings(options[:host].to_s) }
      options.each { |name, value| opened.merge!(translated(name, value)) unless value.nil? && !ABSENT.key?(name) }
      opened.compact
    end

    def translated(name, value)
      return { RENAMED[name] => value } if RENAMED.key?(name)
      return { SECONDS[name] => (value * 1000).round } if SECONDS.key?(name)

      case name
      when :batch_size then { flush_at: value, max_batch_size: value }
      when :before_send then hook(value)
      when :compress_request then { compression: value ? 'gzip' : 'none' }
      when :test_mode then value ? { mode: 'memory' } : {}
      when *OWN then {}
      else require_absent(name, value)
      end
    end

    def hook(value)
      return { before_send: true } if value.respond_to?(:call)

      raise Error.new('INVALID_ARGUMENT', 'before_send must respond to call')
    end

    def require_absent(name, value)
      return {} if ABSENT.fetch(name).include?(value)

      raise Error.new('UNSUPPORTED', "the option #{name} of posthog-ruby is not supported")
    end

    # What the process's environment says now. The library reads none of it: it could not see what was set after the
    # program started.
    def surroundings(host)
      scheme = host.strip.start_with?('http://') ? 'http' : 'https'
      # In a CGI program HTTP_PROXY is the client's header "Proxy", not the administrator's choice.
      cgi = scheme == 'http' && ENV.key?('REQUEST_METHOD')
      {
        proxy: cgi ? ENV['http_proxy'] : variable("#{scheme}_proxy"),
        no_proxy: variable('no_proxy'),
        ca_file: presence(ENV['SSL_CERT_FILE'])
      }
    end

    def variable(name)
      presence(ENV[name]) || presence(ENV[name.upcase])
    end

    def presence(text)
      text unless text.nil? || text.empty?
    end

    private_class_method :translated, :hook, :require_absent, :surroundings, :variable, :presence
  end
end
