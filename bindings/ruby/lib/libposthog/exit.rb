# frozen_string_literal: true

module LibPostHog
  # Finishes the clients that are still open when the process ends: all at once, each within its own exit_timeout_ms.
  module Exit
    # A dropped client still owes its events, so it is kept alive here.
    @clients = {}.compare_by_identity
    @armed = false

    class << self
      # @param seconds [Float] what the client may take
      def add(client, seconds)
        @clients[client] = seconds
        return if @armed

        @armed = true
        at_exit { run($!) } # rubocop:disable Style/SpecialGlobalVars -- its other name has to be required
      end

      def delete(client) = @clients.delete(client)

      private

      def run(exception)
        Autocapture.report(exception, 'ruby.at_exit')
        first, *others = @clients.to_a
        others.map! { |client| Thread.new { finish(*client) } }
        finish(*first) if first
        others.each(&:join)
      end

      def finish(client, seconds)
        client.shutdown(timeout: seconds)
      rescue Error
        nil # of debug: true, with nobody left to rescue it
      end
    end
  end
end
