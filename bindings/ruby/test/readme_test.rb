# frozen_string_literal: true

require 'test_helper'
require 'tmpdir'

# The README: its examples run and its tables are complete.
class ReadmeTest < Minitest::Test
  README = File.read(File.join(ROOT, 'bindings/ruby/README.md'), encoding: 'UTF-8')
  EXAMPLES = README.scan(/^```ruby\n(.*?)^```/m).flatten

  EXAMPLES.each_with_index do |example, index|
    define_method("test_example_#{index}_runs") do
      program = example.gsub('phc_your_project_key', standin.token)
                       .gsub('https://us.i.posthog.com', standin.url)
                       .gsub('phs_your_secret_key', SECRET_KEY)
      Dir.mktmpdir { |folder| run_program(program, TMPDIR: folder) }
      assert standin.events.any? || program.include?('test_mode: true')
    end
  end

  def test_there_are_examples
    assert_operator EXAMPLES.size, :>=, 5
  end

  def test_every_option_is_in_the_tables
    assert_empty(LibPostHog::Options::NAMES.reject { |name| README.include?("`#{name}`") } - QUIET)
  end

  # Accepted where they ask for nothing.
  QUIET = %i[
    silence_disabled_client_error disable_singleton_warning flag_definition_cache_provider feature_flags_async_load
  ].freeze

  def test_every_public_method_is_in_the_tables
    methods = LibPostHog::Client.public_instance_methods - Object.public_instance_methods
    assert_empty(methods.reject { |name| README.match?(/`#{Regexp.escape(name.to_s)}(\(\w+:\))?`/) })
  end
end
