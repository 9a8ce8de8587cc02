# frozen_string_literal: true

module LibPostHog
  # Shares flag definitions between processes through a provider the program brings, such as a key in Redis. It has
  # posthog-ruby's methods:
  #
  #   should_fetch_flag_definitions?      whether this process is the one that asks the service
  #   flag_definitions                    what another process stored: a Hash, or nil
  #   on_flag_definitions_received(data)  stores what this one was given
  #   shutdown
  #
  # A provider that raises costs nothing but a note: the definitions at hand stay in use.
  class Definitions
    REQUIRED = %i[on_flag_definitions_received shutdown].freeze
    # Two words for the same question, the first one first.
    DECIDE = %i[should_fetch_flag_definitions? should_fetch_flag_definitions].freeze
    READ = %i[flag_definitions get_flag_definitions].freeze

    # @raise [Error] INVALID_ARGUMENT for what is no provider
    def self.check(provider)
      missing = REQUIRED.reject { |name| provider.respond_to?(name) }
      missing += [DECIDE, READ].reject { |names| names.any? { |name| provider.respond_to?(name) } }.map(&:first)
      return if missing.empty?

      raise Error.new('INVALID_ARGUMENT', "flag_definition_cache_provider must have #{missing.join(', ')}")
    end

    # @param client [Client] what definitions are loaded by, and put into
    # @param may_fetch [Boolean] whether it has the secret key; without one it only reads
    def initialize(provider, client, journal, may_fetch:)
      @provider = provider
      @client = client
      @journal = journal
      @may_fetch = may_fetch
      @decide, @read = [DECIDE, READ].map { |names| names.find { |name| provider.respond_to?(name) } }
    end

    # One round: fetches and stores, or reads what was stored.
    def refresh
      return fetch if ask(true) { @provider.public_send(@decide) }

      stored = ask(nil) { @provider.public_send(@read) }
      if stored.is_a?(Hash)
        @client.set_flag_definitions(stored)
      elsif !@client.feature_flags_loaded?
        fetch
      end
    end

    def shutdown
      ask(nil) { @provider.shutdown }
    end

    private

    # Stores what changed: a service that has nothing new said so, and the provider has it.
    def fetch
      return unless @may_fetch

      @client.reload_feature_flags
      document = @client.get_flag_definitions(symbolize_names: true)
      return if document.nil? || document == @stored

      @stored = document
      ask(nil) { @provider.on_flag_definitions_received(document) }
    end

    def ask(otherwise)
      yield
    rescue StandardError => e
      @journal.note(:flag_definition_cache_provider, 'RAISED', e.class.to_s)
      otherwise
    end
  end
end
