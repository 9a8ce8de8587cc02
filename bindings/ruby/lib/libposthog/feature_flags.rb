# frozen_string_literal: true

module LibPostHog
  # A client's flags. What every method takes of a user:
  #
  #   distinct_id                         String, Symbol or number
  #   groups: {type => key}, group_properties: {type => {name => value}}
  #   person_properties: {name => value}, device_id: String
  #   only_evaluate_locally: true         makes no request: what cannot be decided here is nil
  #   disable_geoip: true
  #
  # A flag that cannot be decided is nil, never false.
  module FeatureFlags
    # The keywords of a user.
    USER = %i[
      groups person_properties group_properties only_evaluate_locally disable_geoip device_id
    ].to_h { |name| [name, true] }.freeze

    ONE_FLAG = USER.merge(send_feature_flag_events: true).freeze
    private_constant :ONE_FLAG

    # @return [true, false, String, nil] nil where the flag cannot be decided
    def get_feature_flag(key, distinct_id, **options)
      more = encode(:get_flag, user(options, ONE_FLAG)) unless options.empty? && Context.current.nil?
      key = Values.identifier(key) || '' unless String === key && key.ascii_only? # as most are
      distinct_id = Values.identifier(distinct_id) || '' unless String === distinct_id && distinct_id.ascii_only?
      value = @session.flag_value(key, distinct_id, more)
      Integer === value ? flag(key, distinct_id, **options)['value'] : value
    end

    # @return [true, false, nil] whether the flag is on or has a variant; nil where it cannot be decided
    def is_feature_enabled(flag_key, distinct_id, **options) # rubocop:disable Naming/PredicateName
      value = get_feature_flag(flag_key, distinct_id, **options)
      value.nil? ? nil : value != false
    end

    # The payload of match_value where given, otherwise of the flag's value. Reports nothing.
    # @return [Object, nil] decoded
    def get_feature_flag_payload(key, distinct_id, match_value: nil, **options)
      flag(key, distinct_id, match_value: match_value, **options, send_feature_flag_events: false)['payload']
    end

    # @return [FeatureFlagResult, nil]
    def get_feature_flag_result(key, distinct_id, **options) =
      FeatureFlagResult.from_record(flag(key, distinct_id, **options))

    # The value of every flag that can be decided, by at most one request. Reports nothing.
    # @return [Hash{String => true, false, String}]
    def get_all_flags(distinct_id, **options) = all_flags(distinct_id, %w[value], **options).tap(&:compact!)

    # The values and the decoded payloads of every flag that can be decided.
    # @return [Hash] :featureFlags and :featureFlagPayloads
    def get_all_flags_and_payloads(distinct_id, **options)
      decided = all_flags(distinct_id, %w[value payload], **options).reject { |_, record| record['value'].nil? }
      {
        featureFlags: decided.transform_values { |record| record['value'] },
        featureFlagPayloads: decided.transform_values { |record| record['payload'] }.compact
      }
    end

    # All flags, or those in flag_keys, as one snapshot, by at most one request. Without a distinct_id, of the call or
    # of the context, it is empty.
    # @return [FeatureFlagEvaluations]
    def evaluate_flags(distinct_id = nil, flag_keys: nil, **options)
      asked = query(distinct_id || Context.current&.distinct_id, options, flag_keys: flag_keys)
      reply = decide(:evaluate_flags, asked) || {}
      told = { **asked.slice(:distinct_id, :groups, :device_id, :disable_geoip), **reply.except('flags', 'errors') }
      FeatureFlagEvaluations.new(asked[:distinct_id], { **reply, 'groups' => asked.fetch(:groups, {}) }) do |record|
        show((ask(:flag_called, { **told, **record }) || {})['exposure'])
      end
    end

    # Needs the secret key.
    # @return [Object, nil] the decoded payload of a remote config flag
    def get_remote_config_payload(flag_key) = (decide(:get_remote_config, { key: flag_key }) || {})['payload']

    # Fetches the flag definitions now. Needs the secret key.
    # @return [void]
    def reload_feature_flags = ask(:load_flags, {})

    # @return [Boolean] whether flags can be decided locally
    def feature_flags_loaded? = !stats.dig('definitions', 'source').nil?

    # Waits for the first flag definitions.
    # @param timeout [Numeric] seconds
    # @return [Boolean] whether flags can be decided locally
    def wait_for_local_evaluation_ready(timeout: 30) = !ask(:wait_ready, { timeout_ms: milliseconds(timeout) }).nil?

    # Replaces the flag definitions by what the service's endpoint would answer.
    # @param document [Hash, String] or its JSON
    # @return [void]
    def set_flag_definitions(document) # rubocop:disable Naming/AccessorMethodName
      body = String === document ? document : encode(:set_flag_definitions, document)
      told(:set_flag_definitions, @session.call(:set_flag_definitions, body))
    end

    # @param symbolize_names [Boolean] whether its keys are Symbols
    # @return [Hash, nil] the definitions in use, for #set_flag_definitions of another client
    def get_flag_definitions(symbolize_names: false)
      status, reply = @session.call(:get_flag_definitions, '{}')
      return failed(:get_flag_definitions, status, reply) unless status == Library::OK

      document = JSON.parse(reply, symbolize_names: symbolize_names)
      document unless document.empty?
    end

    # Fixed values that precede every evaluation, for tests; nil removes them.
    # @param flags [Hash{String => true, false, String}, Array<String>, nil] an Array turns its flags on
    # @param payloads [Hash, nil]
    # @return [void]
    def override_feature_flags(flags, payloads = nil)
      flags = flags.to_h { |key| [key, true] } if Array === flags
      ask(:override_flags, { flags: flags, payloads: payloads })
    end

    private

    # @raise [ArgumentError] for a keyword nobody reads
    def user(options, known)
      options.each_key { |name| raise ArgumentError, "unknown keyword: #{name}" unless known.key?(name) }
      device_id = Context.current&.device_id
      device_id ? { device_id: device_id, **options } : options
    end

    def query(distinct_id, options, known = USER, **more)
      { distinct_id: Values.identifier(distinct_id), **more, **user(options, known) }.compact
    end

    def flag(key, distinct_id, match_value: nil, **options)
      record = decide(:get_flag, query(distinct_id, options, ONE_FLAG, key: key, match_value: match_value)) || {}
      show(record['exposure'])
      record
    end

    def all_flags(distinct_id, fields, flag_keys: nil, **options)
      (decide(:evaluate_flags, query(distinct_id, options, fields: fields, flag_keys: flag_keys)) || {})
        .fetch('flags', {})
    end
  end
end
