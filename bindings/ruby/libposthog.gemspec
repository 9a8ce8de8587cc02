# frozen_string_literal: true

Gem::Specification.new do |spec|
  spec.name = 'libposthog'
  spec.version = File.read(File.expand_path('../../VERSION', __dir__)).strip
  spec.summary = 'PostHog for Ruby on the shared libposthog core'
  spec.authors = ['libposthog']
  spec.homepage = 'https://github.com/libposthog/libposthog'
  spec.license = 'MIT'
  spec.required_ruby_version = '>= 3.1'
  spec.files = Dir.chdir(__dir__) { Dir['lib/**/*', 'sig/**/*', 'README.md'] }
  spec.add_dependency 'ffi', '~> 1.15'
end
