# frozen_string_literal: true

module LibPostHog
  # What the events of a piece of work have in common: a user, a session, properties. It belongs to the fiber it was set
  # in, so the requests of a server do not mix; a fiber or thread started inside begins without one.
  class Context
    KEY = :libposthog_context
    private_constant :KEY

    # @!attribute distinct_id [String, nil]
    # @!attribute session_id [String, nil]
    # @!attribute device_id [String, nil]
    # @!attribute properties [Hash] the session is among them
    attr_reader :distinct_id, :session_id, :device_id, :properties

    class << self
      # @return [Context, nil] of this fiber; nil without looking where no context was ever entered
      def current = @entered && Thread.current[KEY]

      # Runs a block in a context that adds to the one around it, or with fresh: true replaces it.
      # @return what the block returns
      def with(fresh: false, **data)
        outer = current
        @entered = true
        Thread.current[KEY] = Context.new(fresh ? nil : outer, **data)
        yield
      ensure
        Thread.current[KEY] = outer
      end
    end

    def initialize(outer, distinct_id: nil, session_id: nil, device_id: nil, properties: {})
      @distinct_id = distinct_id || outer&.distinct_id
      @session_id = session_id || outer&.session_id
      @device_id = device_id || outer&.device_id
      @properties = { **(outer ? outer.properties : {}), **(properties || {}) }
      @properties['$session_id'] = @session_id if @session_id
      freeze
    end
  end
end
