# frozen_string_literal: true

module LibPostHog
  # A failed operation. #code is the library's name for the failure (INVALID_ARGUMENT, QUEUE_FULL, CLOSED, ...), or the
  # binding's own NOT_LOADED when no usable library was found. The message says what was expected; it never quotes event
  # contents or keys.
  class Error < StandardError
    # @!attribute code [String]
    # @!attribute reason [String] the message without the code
    attr_reader :code, :reason

    def initialize(code, reason)
      super("#{code}: #{reason}")
      @code = code
      @reason = reason
    end
  end
end
