# frozen_string_literal: true

require 'test_helper'

# The gem as a whole: it stays thin, its version is the project's, and its signatures name what there is.
class GemTest < Minitest::Test
  # Lines of code, without comments and blank lines.
  BUDGET = 1200

  def test_the_binding_stays_within_its_budget
    assert_operator sources.values.sum(&:size), :<=, BUDGET
  end

  def test_the_version_is_the_projects
    assert_equal File.read(File.join(ROOT, 'VERSION')).strip, LibPostHog::VERSION
    specification = Gem::Specification.load(File.join(ROOT, 'bindings/ruby/libposthog.gemspec'))
    assert_equal LibPostHog::VERSION, specification.version.to_s
  end

  # What the core does for every binding has no second home here.
  LOGIC = /SHA1|sha1|Digest|rollout|0xfffffff|backoff|retry_after|retry-after|Retry|\b(408|429|502|503|504)\b/

  def test_the_binding_decides_nothing
    found = sources.flat_map { |file, lines| lines.grep(LOGIC).map { |line| "#{File.basename(file)}: #{line.strip}" } }
    assert_empty found
  end

  # The types are complete: every public method has one, and no other has.
  def test_signatures_and_methods_are_the_same
    kinds = [
      LibPostHog::Client, LibPostHog::Events, LibPostHog::FeatureFlags, LibPostHog::FeatureFlagEvaluations,
      LibPostHog::FeatureFlagResult, LibPostHog::Error, LibPostHog::Context
    ]
    kinds.each do |kind|
      section = SIGNATURES[/^  (class|module) #{kind.name.split('::').last}\b.*?^  end/m]
      typed = section.scan(/^    (?:def|attr_reader|alias) ([\w?!]+)(?=[: ])/).flatten - %w[initialize]
      assert_equal kind.public_instance_methods(false).map(&:to_s).sort, typed.sort, kind.name
    end
  end

  SIGNATURES = File.read(File.join(ROOT, 'bindings/ruby/sig/libposthog.rbs'))

  # Ruby comes with rbs in Debian.
  def test_the_signatures_are_valid
    script = 'RBS::CLI.new(stdout: $stdout, stderr: $stderr).run(ARGV)'
    output, status = Open3.capture2e(RbConfig.ruby, '-rrbs', '-rrbs/cli', '-e', script, '-I',
                                     File.join(ROOT, 'bindings/ruby/sig'), 'validate', '--silent')
    assert_predicate status, :success?, output
  end

  private

  # The code of each file, without comments and blank lines.
  def sources
    files = Dir[File.join(ROOT, 'bindings/ruby/lib/**/*.rb')]
    files.to_h { |file| [file, File.readlines(file, encoding: 'UTF-8').grep_v(/\A\s*(#|$)/)] }
  end
end
