# frozen_string_literal: true

module LibPostHog
  # What a client captures. Each method returns the event's uuid, or nil where the event was not accepted. None of them
  # waits but those named immediate, which send their event at once and return the uuid only where the service took it.
  module Events
    EVENT = %i[distinct_id timestamp uuid groups disable_geoip].freeze
    CAPTURE = [*EVENT, :event, :properties, :flags, :send_feature_flags].freeze

    # What each operation reads. A name nobody reads is told, not refused: posthog-ruby takes any.
    KNOWN = {
      capture: CAPTURE,
      capture_ai: CAPTURE,
      capture_exception: [*CAPTURE, :exceptions, :level, :source],
      identify: [*EVENT, :properties, :set, :set_once],
      alias: [*EVENT, :alias],
      group_identify: [*EVENT, :group_type, :group_key, :properties],
      set: [*EVENT, :set, :set_once, :unset]
    }.transform_values { |names| [*names, :timeout].to_h { |name| [name, true] }.freeze }.freeze

    # Attributes that need no look at their value: those of most events.
    DIRECT = %i[event distinct_id properties timestamp uuid groups disable_geoip].to_h { |name| [name, true] }.freeze

    # Operations whose events carry what a context has.
    IN_CONTEXT = %i[capture capture_ai capture_exception].freeze

    SENT = %w[ok warning].freeze
    private_constant :EVENT, :CAPTURE, :KNOWN, :DIRECT, :IN_CONTEXT, :SENT

    # Queues one event.
    # @param attrs [Hash] :event, :distinct_id, :properties, :groups, :timestamp, :uuid, :disable_geoip, :flags (a
    #   snapshot of #evaluate_flags, or {key => value}), :send_feature_flags (true, or a Hash of
    #   :only_evaluate_locally, :person_properties, :group_properties, :flag_keys_filter)
    # @return [String, nil]
    def capture(attrs) = event(:capture, attrs)

    # Queues one event on the lane for AI events, which has an endpoint and a larger limit of its own.
    # @param attrs [Hash] as #capture
    # @return [String, nil]
    def capture_ai(attrs) = event(:capture_ai, attrs)

    # Queues an $exception with its causes and their frames. Local variables are not looked at.
    # @param exception [Exception, String, nil] nil is the one being handled
    # @param distinct_id [String, nil] without one the event is personless
    # @param additional_properties [Hash]
    # @param flags [FeatureFlagEvaluations, Hash, nil]
    # @param level [String, nil] fatal, error, warning, log, info or debug; "error" where nil
    # @param source [String, nil] what caught it, such as "rack.middleware"
    # @param mechanism [Hash, nil] how it was caught: :type, :handled, and what there is more
    # @return [String, nil]
    def capture_exception(exception = nil, distinct_id = nil, additional_properties = {}, **options) =
      exception_event(exception, distinct_id, additional_properties, **options)

    # Sets person properties with an $identify event.
    # @param attrs [Hash] :distinct_id, :properties, :set_once, and what every event takes
    # @return [String, nil]
    def identify(attrs) = event(:identify, attrs)

    # Sets person properties.
    # @param attrs [Hash] :distinct_id, :properties, and what every event takes
    # @return [String, nil]
    def set(attrs) = person(:set, attrs)

    # Sets person properties that are not set yet.
    # @param attrs [Hash] as #set
    # @return [String, nil]
    def set_once(attrs) = person(:set_once, attrs)

    # Removes person properties.
    # @param attrs [Hash] :distinct_id, :properties (an Array of names), and what every event takes
    # @return [String, nil]
    def unset(attrs) = person(:unset, attrs)

    # Makes :alias another id of the person :distinct_id.
    # @param attrs [Hash] :distinct_id, :alias, and what every event takes
    # @return [String, nil]
    def alias(attrs) = event(:alias, attrs)

    # Sets group properties.
    # @param attrs [Hash] :group_type, :group_key, :properties, :distinct_id, and what every event takes
    # @return [String, nil]
    def group_identify(attrs) = event(:group_identify, attrs)

    # @!group Immediate
    # As the methods without the suffix, but the event is sent now, in a request of its own. They wait at most :timeout
    # seconds, by default as long as shutdown.

    # @return [String, nil]
    def capture_immediate(attrs) = event(:capture, attrs, true)

    # @return [String, nil]
    def capture_ai_immediate(attrs) = event(:capture_ai, attrs, true)

    # @return [String, nil]
    def capture_exception_immediate(exception = nil, distinct_id = nil, additional_properties = {}, **options) =
      exception_event(exception, distinct_id, additional_properties, immediate: true, **options)

    # @return [String, nil]
    def identify_immediate(attrs) = event(:identify, attrs, true)

    # @return [String, nil]
    def alias_immediate(attrs) = event(:alias, attrs, true)

    # @return [String, nil]
    def group_identify_immediate(attrs) = event(:group_identify, attrs, true)
    # @!endgroup

    private

    # Values are asked by === what they are: what is given may not know is_a?, and nothing may raise here.
    def event(operation, attrs, immediate = @immediate)
      return @journal.note(operation, 'ARGUMENT', 'attributes must be a Hash') unless Hash === attrs

      fields = direct?(attrs) ? attrs : prepared(operation, attrs)
      return built(operation, fields, immediate) if @hooks || immediate

      id = @session.event(operation, Values.direct(fields) || encode(operation, fields))
      Array === id ? failed(operation, *id) : id
    end

    # Whether attributes can go to the library as they are, as most do.
    def direct?(attrs)
      attrs.each_key { |name| return false unless DIRECT[name] }
      String === attrs[:distinct_id] && Context.current.nil?
    end

    def prepared(operation, attrs)
      fields = Options.symbolize(attrs)
      fields = { uuid: fields.delete(:message_id), **fields } # the older name
      (fields.keys - KNOWN[operation].keys).each do |name|
        @journal.note(operation, 'ARGUMENT', "unknown attribute #{name}")
        fields.delete(name)
      end
      add_context(operation, fields)
      %i[distinct_id alias group_key].each { |id| fields[id] = Values.identifier(fields[id]) if fields.key?(id) }
      fields[:timeout_ms] = Numeric === fields[:timeout] ? milliseconds(fields.delete(:timeout)) : fields.delete(:timeout)
      fields[:flags] = fields[:flags].values if FeatureFlagEvaluations === fields[:flags]
      add_flags(fields) if nil == fields[:flags] && fields[:send_feature_flags]
      fields.compact
    end

    def add_context(operation, fields)
      context = Context.current or return
      fields[:distinct_id] ||= context.distinct_id unless %i[alias group_identify].include?(operation)
      return unless IN_CONTEXT.include?(operation)

      own = fields[:properties] || {}
      fields[:properties] = context.properties.merge(own) if Hash === own
    end

    # The library puts on the flags it can decide. Before there are definitions only the service can.
    def add_flags(fields)
      wanted = fields[:send_feature_flags]
      chosen = Hash === wanted ? Options.symbolize(wanted) : {}
      return if chosen[:only_evaluate_locally] || feature_flags_loaded?

      user = chosen.slice(:person_properties, :group_properties)
      flags = get_all_flags(fields[:distinct_id], groups: fields[:groups], disable_geoip: fields[:disable_geoip], **user)
      fields[:flags] = chosen[:flag_keys_filter] ? flags.slice(*chosen[:flag_keys_filter]) : flags
    end

    def built(operation, fields, immediate)
      return hooked(operation, fields, immediate) if @hooks

      body = encode(operation, { **fields, immediate: true })
      reply = told(operation, @session.call(operation, body, waits: true)) or return
      return reply['uuid'] if SENT.include?(reply['result'])

      @journal.note(operation, 'NOT_SENT', "the event's result is #{reply['result']}")
    end

    def hooked(operation, fields, immediate)
      reply = show(ask(:build, { op: operation, **fields })) or return
      flush(timeout: fields[:timeout_ms]&./(1000.0)) if immediate
      reply['uuid']
    end

    # Queues a built event as the hooks return it. One that raises drops the event: the original may hold what the hook
    # was to remove.
    def show(built)
      return unless @hooks && built

      ask(:enqueue, { token: built['token'], event: seen(built['event']) })
    end

    def seen(event)
      @hooks.each do |hook|
        event = hook.call(event)
        return nil unless event.is_a?(Hash)
      end
      event
    rescue *Values.passing
      raise
    rescue Exception => e # rubocop:disable Lint/RescueException -- a hook is foreign code
      @journal.note(:before_send, 'RAISED', e.class.to_s)
    end

    def person(field, attrs)
      return event(:set, attrs) unless Hash === attrs

      fields = Options.symbolize(attrs)
      fields[field] = fields.delete(:properties)
      event(:set, fields)
    end

    def exception_event(exception, distinct_id, properties, immediate: @immediate, flags: nil, level: nil, source: nil,
                        mechanism: nil)
      exception ||= $! # rubocop:disable Style/SpecialGlobalVars -- its other name has to be required
      caught = { type: 'generic', handled: true, **(Hash === mechanism ? Options.symbolize(mechanism) : {}) }
      entries = Exceptions.describe(exception, caught)
      return @journal.note(:capture_exception, 'ARGUMENT', 'no exception, and no String') unless entries

      Autocapture.mark(exception)
      event(:capture_exception, { exceptions: entries, distinct_id: distinct_id, properties: properties, flags: flags,
                                  level: level, source: source }, immediate)
    end
  end
end
