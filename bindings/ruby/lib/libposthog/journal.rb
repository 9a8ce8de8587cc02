# frozen_string_literal: true

module LibPostHog
  # What there is to say besides return values: the binding's own notes, and the library's records that were read for
  # the log and for on_error. #take gives both to Client#drain. Needs no lock: each step is one operation of an Array.
  class Journal
    SIZE = 1024
    LEVELS = { 'error' => :error, 'warning' => :warn }.freeze

    def initialize(on_error = nil)
      @on_error = on_error
      @records = []
      @warned = {}
    end

    # Whether anyone wants to be told of what the library records.
    def heard? = !@on_error.nil? || !LibPostHog.logger.nil?

    # Keeps something the binding has to say. Each kind of it is a warning in the log the first time and for debugging
    # afterwards: an outage is no flood.
    # @return [nil]
    def note(operation, code, message)
      text = "#{operation}: #{message}"
      last = @records.last
      if last && last['code'] == code && last['message'] == text
        last['count'] += 1
      else
        keep({ 'kind' => 'log', 'at_ms' => (Time.now.to_f * 1000).to_i, 'level' => 'warning', 'code' => code,
               'message' => text, 'count' => 1 })
      end
      log(@warned[[operation, code]] ? :debug : :warn, "#{operation}: #{code}: #{message}")
      @warned[[operation, code]] = true
      nil
    end

    # Tells the log and on_error of the library's records, and keeps them.
    def tell(records)
      records.each do |record|
        keep(record)
        text = "#{record['reason'] || record['code']}: #{record['message']}"
        log(LEVELS.fetch(record['level'], :debug), text)
        report(record['reason'].to_s, text) if %w[drop error].include?(record['kind'])
      end
    end

    # @return [Array<Hash>] everything since the last call, oldest first
    def take = @records.shift(@records.size)

    private

    def keep(record)
      @records.shift if @records.size >= SIZE
      @records << record
    end

    def log(level, text)
      LibPostHog.logger&.public_send(level) { "libposthog: #{text}" }
    end

    # As posthog-ruby does: the HTTP status, or -1 where there is none, and what happened.
    def report(reason, text)
      @on_error&.call((reason[/\Arejected_(\d+)\z/, 1] || -1).to_i, text)
    rescue StandardError => e
      note(:on_error, 'RAISED', e.class.to_s)
    end
  end
end
