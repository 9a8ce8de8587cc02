# frozen_string_literal: true

require 'test_helper'
require 'tmpdir'

# Finding and loading the library.
class LibraryTest < Minitest::Test
  Library = LibPostHog::Library

  def with_environment(name, value)
    before = ENV.fetch(name, nil)
    ENV[name] = value
    yield
  ensure
    ENV[name] = before
  end

  def with_candidates(*paths, &)
    Library.stub(:candidates, paths, &)
  end

  def test_requiring_loads_nothing
    assert_equal "false\n", run_program("puts File.read('/proc/self/maps').include?('libposthog.so')")
  end

  def test_the_override_stands_alone
    with_environment('LIBPOSTHOG_PATH', '/somewhere/libposthog.so') do
      assert_equal ['/somewhere/libposthog.so'], Library.candidates
    end
    with_environment('LIBPOSTHOG_PATH', './libposthog.so') do # a daemon changes its folder
      assert_equal [File.expand_path('libposthog.so')], Library.candidates
    end
    with_environment('LIBPOSTHOG_PATH', 'libposthog.so.1') do # the system's
      assert_equal ['libposthog.so.1'], Library.candidates
    end
  end

  def test_the_packaged_file_comes_before_the_system_library
    with_environment('LIBPOSTHOG_PATH', nil) do
      assert_equal [File.join(ROOT, 'bindings/ruby/lib/libposthog/libposthog.so'), 'libposthog.so'], Library.candidates
    end
  end

  def test_a_failure_lists_every_path_and_the_way_out
    error = with_candidates('/nowhere/libposthog.so', 'libposthog-missing.so') do
      assert_raises(LibPostHog::Error) { Library.send(:load) }
    end
    assert_equal 'NOT_LOADED', error.code
    ['/nowhere/libposthog.so: no such file', 'libposthog-missing.so: ', 'LIBPOSTHOG_PATH'].each do |hint|
      assert_includes error.reason, hint
    end
  end

  def test_another_library_is_refused
    error = with_candidates('libc.so.6') { assert_raises(LibPostHog::Error) { Library.send(:load) } }
    assert_includes error.reason, 'posthog_'
  end

  # Everything the gem binds, by a library of another age.
  def test_another_version_of_the_interface_is_refused
    names = File.read(File.join(ROOT, 'include/posthog.h')).scan(/^POSTHOG_API [^(]*?\*?(posthog_\w+)\(/).flatten
    Dir.mktmpdir do |folder|
      source, library = %w[old.c old.so].map { |name| File.join(folder, name) }
      File.write(source, names.map { |name| "unsigned #{name}(void) { return 99; }\n" }.join)
      output, status = Open3.capture2e('gcc', '-shared', '-fPIC', '-o', library, source)
      assert_predicate status, :success?, output
      error = with_candidates(library) { assert_raises(LibPostHog::Error) { Library.send(:load) } }
      assert_includes error.reason, "#{library}: it speaks ABI version 99, this gem needs 1"
    end
  end

  def test_the_library_knows_every_operation
    header = File.read(File.join(ROOT, 'include/posthog.h'))
    declared = header.scan(/^POSTHOG_API int32_t posthog_(\w+)\(/).flatten.map(&:to_sym)
    assert_equal Library::OPERATIONS.sort, (declared - %i[open flag_value]).sort
  end

  def test_a_private_copy_is_a_second_library
    library = Library.current
    copy = Library.private_copy(library)
    status, handle, = copy.open('{"api_key":"phc_copy","mode":"memory"}')
    assert_equal Library::OK, status
    assert_equal Library::OK, copy.call(handle, :stats, '{}').first
    assert_operator library.call(handle + 1000, :stats, '{}').first, :<, 0
  ensure
    copy&.call(handle, :shutdown, '{"timeout_ms":0}')
  end

  def test_the_file_of_a_library_found_by_the_system_is_known
    library = Library.current
    found = library.stub(:path, 'libposthog.so') { Library.file_of(library) }
    assert File.identical?(library.path, found)
  end
end
