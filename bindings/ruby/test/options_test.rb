# frozen_string_literal: true

require 'test_helper'

# Constructor options.
class OptionsTest < Minitest::Test
  PROXY = 'http://proxy:3128'
  OTHER = 'http://other:3128'

  def translate(**options)
    LibPostHog::Options.translate(options)
  end

  def with_environment(variables)
    before = variables.to_h { |name, _| [name, ENV.fetch(name, nil)] }
    variables.each { |name, value| ENV[name] = value }
    yield
  ensure
    before.each { |name, value| ENV[name] = value }
  end

  def test_names_and_units_become_the_librarys
    opened = LibPostHog::Options.translate(
      api_key: 'phc', host: 'https://eu.posthog.com', batch_size: 50, flush_interval_seconds: 0.5,
      feature_flags_polling_interval: 60, feature_flag_request_timeout_seconds: 1.5,
      feature_flag_request_max_retries: 2, compress_request: false, test_mode: true, personal_api_key: 'phs',
      max_retries: nil
    )
    assert_equal(
      {
        lib: 'libposthog-ruby', lib_version: LibPostHog::VERSION, api_key: 'phc', host: 'https://eu.posthog.com',
        flush_at: 50, max_batch_size: 50, flush_interval_ms: 500, feature_flags_polling_interval_ms: 60_000,
        feature_flags_request_timeout_ms: 1500, feature_flags_request_max_retries: 2, compression: 'none',
        mode: 'memory', personal_api_key: 'phs'
      },
      opened
    )
  end

  def test_an_option_that_does_not_exist_is_refused
    error = assert_raises(LibPostHog::Error) { LibPostHog::Client.new(api_key: 'phc', skip_ssl_verification: true) }
    assert_equal 'UNSUPPORTED', error.code
    assert_includes error.reason, 'skip_ssl_verification'
  end

  def test_what_is_called_back_must_be_callable
    { before_send: 'hook', on_error: 'hook', flag_definition_cache_provider: Object.new }.each do |name, value|
      error = assert_raises(LibPostHog::Error) { LibPostHog::Client.new(api_key: 'phc', name => value) }
      assert_equal 'INVALID_ARGUMENT', error.code
      assert_includes error.reason, name.to_s
    end
  end

  def test_its_neutral_value_is_not
    translate(before_send: nil, feature_flags_async_load: false, sync_mode: false, disable_singleton_warning: true)
  end

  def test_a_misspelt_option_is_refused
    assert_raises(ArgumentError) { translate(flush_in: 1) }
  end

  def test_an_impossible_value_is_refused_by_the_library
    error = assert_raises(LibPostHog::Error) { LibPostHog::Client.new(api_key: 'phc', flush_at: 'many') }
    assert_equal 'INVALID_ARGUMENT', error.code
    assert_includes error.reason, 'flush_at'
    [Float::NAN, Float::INFINITY, '5'].each do |seconds|
      error = assert_raises(LibPostHog::Error) { LibPostHog::Client.new(api_key: 'phc', flush_interval_seconds: seconds) }
      assert_equal 'INVALID_ARGUMENT', error.code
    end
  end

  def test_a_timeout_that_is_no_time_is_none
    posthog = LibPostHog::Client.new(api_key: 'phc', test_mode: true, exit_timeout_ms: nil)
    assert_equal [true, []], [posthog.flush(timeout: Float::NAN), posthog.drain(timeout: Float::NAN)]
    assert posthog.shutdown(timeout: Float::NAN)
    assert_nil posthog.capture(distinct_id: 'u', event: 'e')
  end

  [
    [nil, { 'HTTPS_PROXY' => PROXY, 'HTTP_PROXY' => OTHER }, { proxy: PROXY }],
    ['http://inside', { 'HTTPS_PROXY' => OTHER, 'HTTP_PROXY' => PROXY }, { proxy: PROXY }],
    [nil, { 'https_proxy' => PROXY, 'HTTPS_PROXY' => OTHER }, { proxy: PROXY }],
    [nil, { 'NO_PROXY' => 'localhost', 'SSL_CERT_FILE' => '/ca.pem' }, { no_proxy: 'localhost', ca_file: '/ca.pem' }],
    ['http://inside', { 'HTTP_PROXY' => OTHER, 'REQUEST_METHOD' => 'GET' }, {}],
    [nil, { 'HTTPS_PROXY' => '' }, {}]
  ].each_with_index do |(host, environment, expected), index|
    define_method("test_the_environment_is_read_when_a_client_is_made_#{index}") do
      with_environment(environment) do
        assert_equal expected, translate(host: host).slice(:proxy, :no_proxy, :ca_file)
      end
    end
  end

  def test_what_the_caller_says_wins_over_the_environment
    with_environment('HTTPS_PROXY' => OTHER) { assert_equal PROXY, translate(proxy: PROXY)[:proxy] }
  end
end
