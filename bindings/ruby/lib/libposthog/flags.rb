# frozen_string_literal: true

module LibPostHog
  # One flag for one user.
  class FeatureFlagResult
    # @!attribute key [String]
    # @!attribute value [true, false, String]
    # @!attribute payload [Object, nil] decoded
    # @!attribute reason [String, nil] why the flag has this value
    attr_reader :key, :value, :payload, :reason

    # @return [FeatureFlagResult, nil] nil for a flag that could not be decided
    def self.from_record(record)
      new(*record.values_at('key', 'value', 'payload', 'reason')) unless record['value'].nil?
    end

    def initialize(key, value, payload, reason)
      @key = key
      @value = value
      @payload = payload
      @reason = reason
      freeze
    end

    def enabled? = @value != false

    # @return [String, nil] nil for a flag that is only on or off
    def variant
      @value if @value.is_a?(String)
    end
  end

  # The flags of one user at one moment, from Client#evaluate_flags.
  #
  # Reading is free of I/O. The first read of a flag by #enabled? or #get_flag reports $feature_flag_called, once per
  # user and value as every flag call does; payload reads report nothing.
  class FeatureFlagEvaluations
    # @return [String]
    attr_reader :distinct_id

    # @param reply [Hash] the library's reply
    # @param slice [Boolean] a part of another snapshot: its missing flags are no news
    # @yieldparam record [Hash] a flag that was read for the first time
    def initialize(distinct_id, reply, slice: false, &report)
      @distinct_id = distinct_id
      @reply = reply
      @records = reply.fetch('flags', {})
      @slice = slice
      @report = report
      @accessed = {}
    end

    # @return [Array<String>] the flags that could be decided
    def keys = values.keys

    # @return [String, nil] nil when every flag was decided locally
    def request_id = @reply['request_id']

    # @return [Integer, nil] when it was evaluated, in ms since 1970; nil where nothing was
    def evaluated_at = @reply['evaluated_at']

    # @return [Hash]
    def groups = @reply['groups']

    # @return [Integer, nil] when the flag definitions in use were loaded, in ms since 1970
    def flag_definitions_loaded_at = @reply['definitions_loaded_at']

    # @return [Array<String>] what went wrong on the way, as $feature_flag_error would say it
    def errors = @reply.fetch('errors', [])

    # @param default [Boolean] the answer where the flag has no value; posthog-ruby's name for it is default_value
    # @return [Boolean] whether the flag is on or has a variant
    def enabled?(key, default = false, default_value: default) =
      get_flag(key).then { |value| value.nil? ? !!default_value : value != false }
    alias is_enabled enabled?

    # @return [true, false, String, nil] nil where the flag cannot be decided
    def get_flag(key)
      record = @records[key = key.to_s]
      unless @accessed.key?(key)
        @accessed[key] = true
        missing = { 'key' => key, 'value' => nil, 'errors' => ['flag_missing'] } unless @slice
        known = record || missing
        @report.call(known) if known
      end
      record && record['value']
    end

    # @return [Object, nil] the payload, decoded
    def get_flag_payload(key) = @records.dig(key.to_s, 'payload')

    # @param keys [Array<String>, String]
    # @return [FeatureFlagEvaluations] a copy with these flags alone; keys it does not know are left out
    def only(keys)
      reply = @reply.merge('flags' => @records.slice(*Array(keys).map(&:to_s)))
      FeatureFlagEvaluations.new(@distinct_id, reply, slice: true, &@report)
    end

    # @return [FeatureFlagEvaluations] a copy with the flags that were read so far
    def only_accessed = only(@accessed.keys)

    # @return [Hash{String => true, false, String}] what an event carries: every flag that has a value
    def values = @records.transform_values { |record| record['value'] }.compact
  end
end
