# frozen_string_literal: true

module LibPostHog
  # Constructor options: posthog-ruby's names to the library's.
  module Options
    # What goes to the library as it is: posthog-ruby's options, then the library's own.
    SAME = %i[
      api_key host secret_key personal_api_key max_queue_size max_retries is_server
      flush_at max_batch_size max_queue_bytes max_cache_size mode compression definitions disabled disable_geoip
      historical_migration super_properties enable_local_evaluation only_evaluate_locally send_feature_flag_events
      remote_budget_per_minute evaluation_contexts evaluation_runtime capture_mode request_timeout_ms
      shutdown_timeout_ms exit_timeout_ms headers proxy no_proxy ca_file memory_limit_mb
    ].freeze

    SECONDS = {
      flush_interval_seconds: :flush_interval_ms,
      feature_flags_polling_interval: :feature_flags_polling_interval_ms,
      feature_flag_request_timeout_seconds: :feature_flags_request_timeout_ms
    }.freeze

    # What the binding itself reads.
    OWN = %i[debug fork_copy on_error sync_mode enable_exception_autocapture].freeze

    # Options of posthog-ruby that do not exist here, with the values that ask for nothing: anything else is refused,
    # since an option that is silently ignored is worse than none.
    ABSENT = {
      skip_ssl_verification: [nil, false],
      # Definitions load in the background and the first flag call waits for them; a disabled or second client says
      # nothing anyway.
      feature_flags_async_load: [nil, true, false],
      silence_disabled_client_error: [nil, true, false],
      disable_singleton_warning: [nil, true, false]
    }.freeze

    NAMES = [*SAME, *SECONDS.keys, *OWN, *ABSENT.keys, :batch_size, :before_send, :compress_request, :test_mode,
             :feature_flag_request_max_retries, :flag_definition_cache_provider].freeze

    module_function

    # Names as Symbols, in a Hash of its own: those of Rails turn them into Strings again.
    def symbolize(hash) =
      hash.to_h { |name, value| [Symbol === name ? name : Values.identifier(name).to_s.to_sym, value] }

    # The input of the library's open.
    # @raise [Error] UNSUPPORTED for an option of posthog-ruby that is not built
    # @raise [ArgumentError] for a name neither knows
    # @param options [Hash{Symbol => Object}]
    def translate(options)
      unknown = options.keys - NAMES
      raise ArgumentError, "unknown option: #{unknown.join(', ')}" unless unknown.empty?

      opened = { lib: 'libposthog-ruby', lib_version: VERSION, **surroundings(options[:host].to_s) }
      options.each { |name, value| opened.merge!(translated(name, value)) unless value.nil? && !ABSENT.key?(name) }
      release = presence(ENV['POSTHOG_RELEASE_ID'].to_s.strip)
      given = opened.fetch(:super_properties, {})
      opened[:super_properties] = { '$release_id' => release, **given } if release && Hash === given
      opened.compact
    end

    # What is no time is left to the library, which refuses a text.
    def milliseconds(value) = value.respond_to?(:round) && value.abs < 1e12 ? (value * 1000).round : value.to_s

    def translated(name, value)
      return { name => value } if SAME.include?(name)
      return { SECONDS[name] => milliseconds(value) } if SECONDS.key?(name)

      case name
      when :feature_flag_request_max_retries then { feature_flags_request_max_retries: value }
      when :batch_size then { flush_at: value, max_batch_size: value }
      when :before_send then hooks(value).nil? ? {} : { before_send: true }
      when :compress_request then { compression: value ? 'gzip' : 'none' }
      when :test_mode then value ? { mode: 'memory' } : {}
      when :flag_definition_cache_provider then provided(value)
      when :on_error then require_callable(name, [value]) || {}
      when *OWN then {}
      else require_absent(name, value)
      end
    end

    # @return [Array, nil] the hooks in their order; nil where there are none
    # @raise [Error] INVALID_ARGUMENT for one that cannot be called
    def hooks(given)
      hooks = given.is_a?(Array) ? given : [given].compact
      require_callable(:before_send, hooks)
      hooks unless hooks.empty?
    end

    def require_callable(name, values)
      return if values.all? { |value| value.respond_to?(:call) }

      raise Error.new('INVALID_ARGUMENT', "#{name} must respond to call")
    end

    # Definitions come from the provider, which says when the service is asked.
    def provided(provider)
      Definitions.check(provider)
      { definitions: 'push' }
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

    def variable(name) = presence(ENV[name]) || presence(ENV[name.upcase])

    def presence(text)
      text unless text.nil? || text.empty?
    end

    private_class_method :milliseconds, :translated, :require_callable, :provided, :require_absent, :surroundings,
                         :variable, :presence
  end
end
