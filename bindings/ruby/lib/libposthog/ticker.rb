# frozen_string_literal: true

module LibPostHog
  # Calls a block again and again on a thread of its own, until it is stopped or the process ends. A forked child has no
  # such thread: #start makes one where there is none.
  class Ticker
    # @param failed [#call] told of what the block raises
    def initialize(seconds, failed, &work)
      @seconds = seconds
      @failed = failed
      @work = work
      start
    end

    def start
      return if @stopped || @thread&.alive?

      @thread = Thread.new do
        until @stopped
          work
          sleep(@seconds)
        end
      end
    end

    # Work that is under way goes on to its end.
    def stop
      @stopped = true
      @thread.wakeup if @thread.alive?
    end

    private

    def work
      @work.call
    rescue StandardError => e
      @failed.call(e)
    end
  end
end
