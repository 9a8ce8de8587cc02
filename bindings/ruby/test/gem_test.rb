# frozen_string_literal: true

require 'test_helper'

# The gem as a whole: it stays thin, its version is the project's, and its signatures name what there is.
class GemTest < Minitest::Test
  # Lines of code, without comments and blank lines.
  BUDGET = 1200

  def test_the_binding_stays_within_its_budget
    files = Dir[File.join(ROOT, 'bindings/ruby/lib/**/*.rb')]
    lines = files.flat_map { |file| File.readlines(file, encoding: 'UTF-8') }
    assert_operator lines.grep_v(/\A\s*(#|$)/).size, :<=, BUDGET
  end

  def test_the_version_is_the_projects
    assert_equal File.read(File.join(ROOT, 'VERSION')).strip, LibPostHog::VERSION
    specification = Gem::Specification.load(File.join(ROOT, 'bindings/ruby/libposthog.gemspec'))
    assert_equal LibPostHog::VERSION, specification.version.to_s
  end

  def test_every_public_method_has_a_signature
    signatures = File.read(File.join(ROOT, 'bindings/ruby/sig/libposthog.rbs'))
    public = [
      LibPostHog::Client, LibPostHog::FeatureFlagEvaluations, LibPostHog::FeatureFlagResult, LibPostHog::Error
    ]
    public.each do |kind|
      section = signatures[/^  class #{kind.name.split('::').last}\b.*?^  end/m]
      names = kind.public_instance_methods(false).map(&:to_s)
      assert_empty(names.reject { |name| section.match?(/(def|attr_reader) #{Regexp.escape(name)}:/) })
    end
  end
end
