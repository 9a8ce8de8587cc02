# frozen_string_literal: true

require 'json'
require_relative 'exceptions'
require_relative 'flags'
require_relative 'options'
require_relative 'session'
require_relative 'values'

module LibPostHog
  # A PostHog client: posthog-ruby's methods, each one operation of the library. Usable from any thread, fiber and
  # forked child.
  #
  # Raises Error where no client can be made: no library, an option of the wrong type, one that is not supported.
  # Afterwards nothing raises for bad values or failed delivery; with debug: true such failures raise Error, otherwise
  # they go to LibPostHog.logger, if there is one, and are counted in #stats. A blank key makes a client that does
  # nothing.
  class Client
    # flush without a timeout waits this long: the longest the library's arithmetic is asked to carry, 24 days.
    FOREVER_MS = (2**31) - 1

    EVENT = %i[distinct_id timestamp uuid groups disable_geoip].freeze
    CAPTURE = [*EVENT, :event, :properties, :flags, :send_feature_flags].freeze
    IDENTIFY = [*EVENT, :properties].freeze
    ALIAS = [*EVENT, :alias].freeze
    GROUP_IDENTIFY = [*EVENT, :group_type, :group_key, :properties].freeze
    private_constant :FOREVER_MS, :EVENT, :CAPTURE, :IDENTIFY, :ALIAS, :GROUP_IDENTIFY

    # @param options [Hash] see the README: posthog-ruby's names and the library's own
    def initialize(options = {})
      opened = Options.translate(options)
      chosen = options.transform_keys(&:to_sym)
      @debug = chosen.fetch(:debug, false)
      @before_send = chosen[:before_send]
      @warned = {}
      @memory = opened[:mode] == 'memory'
      @session = Session.new(Values.encode(opened).first,
                             fork_copy: chosen.fetch(:fork_copy, true),
                             exit_timeout_ms: chosen.fetch(:exit_timeout_ms, 2000))
    end

    # Queues one event. Does not wait, unless send_feature_flags asks for flags that need a request.
    # @param attrs [Hash] :event, :distinct_id, :properties, :groups, :timestamp, :uuid, :disable_geoip, :flags (a
    #   snapshot of #evaluate_flags, or {key => value}), :send_feature_flags (true, or a Hash of keywords of
    #   #get_all_flags)
    # @return [String, nil] the event's uuid, nil where it was not accepted
    def capture(attrs)
      event(:capture, with_flags(attributes(:capture, attrs, CAPTURE)))
    end

    # Queues an $exception with its causes and their frames. Local variables are not looked at.
    # @param exception [Exception, String]
    # @param distinct_id [String, nil] without one the event is personless
    # @param additional_properties [Hash]
    # @param flags [FeatureFlagEvaluations, Hash, nil]
    # @param mechanism [Hash] how it was caught
    # @return [String, nil]
    def capture_exception(exception, distinct_id = nil, additional_properties = {}, flags: nil,
                          mechanism: { type: 'generic', handled: true })
      exceptions = Exceptions.describe(exception, mechanism)
      return note(:capture_exception, 'ARGUMENT', 'neither an exception nor a String was given') unless exceptions

      event(:capture_exception, with_flags({ exceptions: exceptions, distinct_id: distinct_id,
                                             properties: additional_properties, flags: flags }))
    end

    # Sets person properties with an $identify event.
    # @param attrs [Hash] :distinct_id, :properties, and what every event takes
    # @return [String, nil]
    def identify(attrs)
      event(:identify, attributes(:identify, attrs, IDENTIFY))
    end

    # Makes :alias another id of the person :distinct_id.
    # @param attrs [Hash] :distinct_id, :alias, and what every event takes
    # @return [String, nil]
    def alias(attrs)
      fields = attributes(:alias, attrs, ALIAS)
      event(:alias, { **fields, alias: Values.identifier(fields[:alias]) })
    end

    # Sets group properties.
    # @param attrs [Hash] :group_type, :group_key, :properties, :distinct_id, and what every event takes
    # @return [String, nil]
    def group_identify(attrs)
      fields = attributes(:group_identify, attrs, GROUP_IDENTIFY)
      event(:group_identify, { **fields, group_key: Values.identifier(fields[:group_key]) })
    end

    # @return [true, false, String, nil] nil where the flag cannot be decided
    def get_feature_flag(key, distinct_id, **options)
      flag(key, distinct_id, **options)['value']
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
    def get_feature_flag_result(key, distinct_id, **options)
      FeatureFlagResult.from_record(flag(key, distinct_id, **options))
    end

    # The value of every flag that can be decided, by at most one request. Reports nothing.
    # @return [Hash{String => true, false, String}]
    def get_all_flags(distinct_id, **options)
      all_flags(distinct_id, %w[value], **options).compact
    end

    # The values and the decoded payloads of every flag that can be decided.
    # @return [Hash] :featureFlags and :featureFlagPayloads
    def get_all_flags_and_payloads(distinct_id, **options)
      decided = all_flags(distinct_id, %w[value payload], **options).reject { |_, record| record['value'].nil? }
      {
        featureFlags: decided.transform_values { |record| record['value'] },
        featureFlagPayloads: decided.transform_values { |record| record['payload'] }.compact
      }
    end

    # All flags, or those in flag_keys, as one snapshot, by at most one request.
    # @return [FeatureFlagEvaluations]
    def evaluate_flags(distinct_id, groups: nil, person_properties: nil, group_properties: nil,
                       only_evaluate_locally: nil, disable_geoip: nil, flag_keys: nil, device_id: nil)
      user = { distinct_id: Values.identifier(distinct_id), groups: groups, device_id: device_id,
               disable_geoip: disable_geoip }
      reply = decide(:evaluate_flags, { **user, person_properties: person_properties,
                                                group_properties: group_properties,
                                                only_evaluate_locally: only_evaluate_locally,
                                                flag_keys: flag_keys }) || {}
      told = reply.except('flags', 'errors')
      FeatureFlagEvaluations.new(user[:distinct_id], reply) do |record|
        show((ask(:flag_called, { **user, **told, **record }) || {})['exposure'])
      end
    end

    # Needs the secret key.
    # @return [Object, nil] the decoded payload of a remote config flag
    def get_remote_config_payload(flag_key)
      (decide(:get_remote_config, { key: flag_key }) || {})['payload']
    end

    # Fetches the flag definitions now. Needs the secret key.
    # @return [void]
    def reload_feature_flags
      ask(:load_flags, {})
      nil
    end

    # @return [Boolean] whether flags can be decided locally
    def feature_flags_loaded?
      !stats.dig('definitions', 'source').nil?
    end

    # Fixed values that precede every evaluation, for tests; nil removes them.
    # @param flags [Hash{String => true, false, String}, nil]
    # @param payloads [Hash, nil]
    # @return [void]
    def override_feature_flags(flags, payloads = nil)
      ask(:override_flags, { flags: flags, payloads: payloads })
      nil
    end

    # Adds super properties: they go on every later event, whose own properties win.
    # @param properties [Hash]
    # @return [void]
    def register(properties)
      ask(:register, { properties: properties })
      nil
    end

    # Removes super properties.
    # @return [void]
    def unregister(*keys)
      ask(:unregister, { keys: keys })
      nil
    end

    # Opts out of capturing, or in again.
    # @param enabled [Boolean]
    # @return [void]
    def set_enabled(enabled) # rubocop:disable Naming/AccessorMethodName
      ask(:set_enabled, { enabled: enabled })
      nil
    end

    # Waits until what was captured before is delivered or dropped.
    # @param timeout [Numeric, nil] seconds; nil waits for as long as it takes
    # @return [Boolean] whether nothing is left; the counts are in #stats
    def flush(timeout: nil)
      finished?(ask(:flush, { timeout_ms: timeout ? milliseconds(timeout) : FOREVER_MS }))
    end

    # Flushes and ends the client. What is left at the end is dropped and counted.
    # @param timeout [Numeric, nil] seconds; nil is the option shutdown_timeout_ms
    # @return [Boolean] whether nothing was left
    def shutdown(timeout: nil)
      body = timeout ? %({"timeout_ms":#{milliseconds(timeout)}}) : '{}'
      finished?(told(:shutdown, @session.shutdown(body)))
    end

    # The ledger: accepted is the sum of delivered, queued, in_flight, spooled and of the counts under dropped, always.
    # Answers after shutdown, too.
    # @return [Hash]
    def stats
      ask(:stats, {}) || {}
    end

    # What the library has to say since the last call: its log, drops and errors.
    # @param timeout [Numeric] seconds to wait for the first record
    # @return [Array<Hash>]
    def drain(timeout: 0)
      body = %({"timeout_ms":#{milliseconds(timeout)}})
      (told(:drain, @session.call(:drain, body, waits: timeout.positive?)) || {}).fetch('records', [])
    end

    # @return [Integer] events in the queue, or kept in test mode
    def queued_messages
      @memory ? captured.size : stats.fetch('queued', 0)
    end

    # The events a client in test mode kept, as they would be sent.
    # @return [Array<Hash>]
    def captured
      (ask(:captured, {}) || {}).fetch('events', [])
    end

    # Forgets the events a client in test mode kept.
    # @return [void]
    def clear
      ask(:captured, { clear: true })
      nil
    end

    private

    # Keyword-like hashes may come with string keys. A name nobody reads is told, not refused: the SDK takes any.
    def attributes(operation, attrs, known)
      fields = attrs.transform_keys(&:to_sym)
      unknown = fields.keys - known
      note(operation, 'ARGUMENT', "unknown attribute #{unknown.first}") unless unknown.empty?
      fields
    end

    # Flags on an event: of a snapshot as {key => value}, or evaluated for it.
    def with_flags(fields)
      wanted = fields.delete(:send_feature_flags)
      flags = fields[:flags]
      if flags.is_a?(FeatureFlagEvaluations)
        fields[:flags] = flags.values
      elsif flags.nil? && wanted
        fields[:flags] = flags_for(fields, wanted)
      end
      fields
    end

    def event(operation, fields)
      given = { **fields, distinct_id: Values.identifier(fields[:distinct_id]) }.compact
      reply = @before_send ? show(ask(:build, { op: operation, **given })) : ask(operation, given)
      reply && reply['uuid']
    end

    # Queues a built event as before_send returns it. A hook that raises drops the event: the original may hold what
    # the hook was to remove.
    def show(built)
      return unless @before_send && built

      begin
        event = @before_send.call(built['event'])
      rescue StandardError => e
        note(:before_send, 'RAISED', e.class.to_s)
      end
      ask(:enqueue, { token: built['token'], event: event.is_a?(Hash) ? event : nil })
    end

    def flag(key, distinct_id, groups: nil, person_properties: nil, group_properties: nil, only_evaluate_locally: nil,
             send_feature_flag_events: nil, disable_geoip: nil, device_id: nil, match_value: nil)
      query = { key: key, distinct_id: Values.identifier(distinct_id), groups: groups,
                person_properties: person_properties, group_properties: group_properties,
                only_evaluate_locally: only_evaluate_locally, send_feature_flag_events: send_feature_flag_events,
                disable_geoip: disable_geoip, device_id: device_id, match_value: match_value }
      record = decide(:get_flag, query.compact) || {}
      show(record['exposure'])
      record
    end

    def all_flags(distinct_id, fields, groups: nil, person_properties: nil, group_properties: nil,
                  only_evaluate_locally: nil, disable_geoip: nil, device_id: nil)
      query = { distinct_id: Values.identifier(distinct_id), fields: fields, groups: groups,
                person_properties: person_properties, group_properties: group_properties,
                only_evaluate_locally: only_evaluate_locally, disable_geoip: disable_geoip, device_id: device_id }
      (decide(:evaluate_flags, query.compact) || {}).fetch('flags', {})
    end

    def flags_for(event, wanted)
      chosen = wanted.is_a?(Hash) ? wanted.transform_keys(&:to_sym) : {}
      chosen = chosen.slice(:only_evaluate_locally, :person_properties, :group_properties)
      get_all_flags(event[:distinct_id], groups: event[:groups], disable_geoip: event[:disable_geoip], **chosen)
    end

    # One operation: its reply, or nil where it failed.
    def ask(operation, fields)
      told(operation, @session.call(operation, encode(operation, fields)))
    end

    # One operation that may wait. It is tried without waiting first, since giving up the interpreter lock costs more
    # than a local decision.
    def decide(operation, fields)
      body = encode(operation, fields)
      status, reply = @session.call(operation, %(#{body.chop},"timeout_ms":0}))
      status, reply = @session.call(operation, body, waits: true) if status == Library::WOULD_WAIT
      told(operation, [status, reply])
    end

    def encode(operation, fields)
      body, lost = Values.encode(fields)
      lost.each { |loss| note(operation, 'VALUE', loss) }
      body
    end

    def told(operation, answer)
      status, reply = answer
      return JSON.parse(reply) if status == Library::OK

      error = @session.error(status, reply)
      raise error if @debug

      note(operation, error.code, error.reason)
      nil
    end

    # Logs a kind of failure as a warning the first time and for debugging afterwards: an outage is no flood.
    def note(operation, code, message)
      logger = LibPostHog.logger or return
      level = @warned.key?([operation, code]) ? :debug : :warn
      @warned[[operation, code]] = true
      logger.public_send(level) { "libposthog: #{operation}: #{code}: #{message}" }
      nil
    end

    def finished?(counts)
      !counts.nil? && counts['pending'].zero?
    end

    def milliseconds(seconds)
      (seconds.clamp(0, FOREVER_MS / 1000) * 1000).round
    end
  end
end
