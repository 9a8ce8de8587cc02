# frozen_string_literal: true

# What the tests share: the stand-in server, a token for each test, and a way to run programs.

%w[http_proxy https_proxy no_proxy ssl_cert_file].each do |name| # proxies of the machine are no part of a test
  ENV.delete(name)
  ENV.delete(name.upcase)
end

require 'json'
require 'libposthog'
require 'minitest/autorun'
require 'net/http'
require 'open3'
require 'rbconfig'

ROOT = File.expand_path('../../..', __dir__)
SECRET_KEY = 'phs_standin'

# The stand-in server's control API, for one project token.
class StandIn
  PATH = File.join(ROOT, 'build', 'posthog-standin')

  # Starts a server; it ends with this process.
  def self.start
    input, output, = Open3.popen2(PATH, '-exit-on-stdin-close')
    line = output.gets
    found = %r{\Alistening on (http://\S+)}.match(line) or raise "the stand-in server said #{line.inspect}"
    (@inputs ||= []) << input
    found[1]
  end

  # The server that tests share.
  def self.url
    @url ||= start
  end

  attr_reader :token, :url

  # @param url [String] a test that edits flags needs a server of its own: they are the same for every token
  def initialize(token, url = StandIn.url)
    @token = token
    @url = url
  end

  # What was received, oldest first.
  def events
    JSON.parse(Net::HTTP.get(URI("#{url}/_control/events?token=#{token}")))
  end

  def requests
    JSON.parse(Net::HTTP.get(URI("#{url}/_control/requests?token=#{token}")))
  end

  # Scripts what happens to this token's next requests.
  def fault(*steps, path: '/batch/', repeat: false)
    script = { path: path, token: token, repeat: repeat, sequence: steps }
    order(Net::HTTP::Post, 'faults', script)
  end

  # Turns a flag on or off, for every token.
  def edit_flag(key, active)
    order(Net::HTTP::Post, "flags/#{key}", { active: active })
  end

  # Scripts the payload of a remote config flag, for every token.
  def remote_config(key, payload)
    order(Net::HTTP::Put, "remote_config/#{key}", payload)
  end

  private

  def order(method, path, body)
    target = URI("#{url}/_control/#{path}")
    request = method.new(target, 'Content-Type' => 'application/json')
    request.body = JSON.generate(body)
    answer = Net::HTTP.start(target.host, target.port) { |http| http.request(request) }
    raise answer.body unless answer.is_a?(Net::HTTPSuccess)
  end
end

# Counts that are too large for `make test` run reduced there and in full in `make soak`.
SOAK = ENV['SOAK'] == '1'

def full_or(full, reduced)
  SOAK ? full : reduced
end

class Minitest::Test
  def standin
    @standin ||= StandIn.new("phc_ruby_#{name}")
  end

  def client(**options)
    LibPostHog::Client.new(api_key: standin.token, host: standin.url, **options)
  end

  # Waits for something that happens elsewhere. A hang fails the test.
  def wait_until(what, seconds: 20)
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
    until yield
      flunk "no #{what} within #{seconds} s" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
      sleep 0.02
    end
  end

  # Runs a Ruby program in a process of its own and returns what it printed. A hang fails the test.
  def run_program(source, *arguments, seconds: 30, **environment)
    output, errors, status = Open3.capture3(
      environment.transform_keys(&:to_s), 'timeout', seconds.to_s, RbConfig.ruby, '-w',
      "-I#{File.join(ROOT, 'bindings/ruby/lib')}", '-rlibposthog', '-e', source, *arguments
    )
    assert_predicate status, :success?, output + errors
    assert_empty errors
    output
  end
end
