# frozen_string_literal: true

module LibPostHog
  # The file VERSION at the root of the project is the only place the number is written. A gem has it beside this file;
  # in a checkout it is read where it is.
  VERSION = File.read(%w[VERSION ../../../../VERSION].map { |path| File.expand_path(path, __dir__) }
                      .find { |path| File.file?(path) }).strip.freeze
end
