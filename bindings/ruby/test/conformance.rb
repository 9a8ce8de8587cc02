# frozen_string_literal: true

# Runs the conformance corpus through the Ruby binding: conformance.rb CASES OUT.json
#
# Every case gets a fresh host-driven client in virtual time; the runner plays the network. Numbers are compared by the
# token they were written with: a number with a fraction or an exponent is kept as its text, an integer has only one.

require 'digest'
require 'json'
require 'libposthog'
require 'uri'

module Conformance
  # What this host has of the things a case may need.
  CAPABILITIES = %w[poll virtual-time].freeze

  # The only group whose cases hold in real time too.
  REAL_TIME = 'realtime'

  UUID = /\A\h{8}(-\h{4}){3}-\h{12}\z/

  # A number that is no integer, as it was written.
  Decimal = Struct.new(:token) do
    def to_json(*)
      token
    end
  end

  # What went other than scripted.
  class Mismatch < StandardError; end

  module_function

  def parse(text)
    JSON.parse(text, decimal_class: Decimal, max_nesting: 0)
  end

  # A reply without what may lie behind its JSON: the body of a polled request.
  def json_of(reply)
    reply.b[/\A[^\0]*/n].force_encoding(Encoding::UTF_8)
  end

  def write(value)
    JSON.generate(value, max_nesting: 0)
  end

  def match(where, want, got)
    return match_any(where, want['$any'], got) if want.is_a?(Hash) && want.key?('$any')

    if want.is_a?(Hash) && got.is_a?(Hash)
      unless want.keys.sort == got.keys.sort
        raise Mismatch, "#{where}: got members #{got.keys.sort}, want #{want.keys.sort}"
      end

      want.each { |name, value| match("#{where}.#{name}", value, got[name]) }
    elsif want.is_a?(Array) && got.is_a?(Array)
      raise Mismatch, "#{where}: got #{got.size} elements, want #{want.size}: #{write(got)}" if want.size != got.size

      want.each_with_index { |value, index| match("#{where}[#{index}]", value, got[index]) }
    elsif !want.eql?(got)
      raise Mismatch, "#{where}: got #{write(got)}, want #{write(want)}"
    end
  end

  def match_any(where, kind, got)
    matches =
      case kind
      when 'uuid' then got.is_a?(String) && UUID.match?(got)
      when 'string' then got.is_a?(String)
      when 'number' then got.is_a?(Integer) || got.is_a?(Decimal)
      end
    raise Mismatch, "#{where}: got #{write(got)}, want any #{kind}" unless matches
  end

  # A case under way.
  class Run
    attr_reader :session

    def initialize(test)
      options = { **test['open'], 'entropy' => test['entropy'], 'io' => 'host', 'now_ms' => test['t0_ms'] }
      @session = LibPostHog::Session.new(Conformance.write(options))
      @tickets = {}
      @requests = Digest::SHA256.new
      @replies = Digest::SHA256.new
    end

    def digests
      { requests: @requests.hexdigest, replies: @replies.hexdigest }
    end

    def step(index, step)
      at = step['at_ms']
      if step.key?('http') then exchange(at, step['http'])
      elsif step.key?('done') then done(at, step)
      elsif step['idle'] then idle(at, step)
      else operation(index, at, step)
      end
    end

    private

    def idle(at, step)
      wake = poll(at, 'wake_ms')
      Conformance.match('wake_ms', step['wake_ms'], wake) if step.key?('wake_ms')
    end

    def done(at, step)
      done = poll(at, 'done')
      Conformance.match('ticket', @tickets[step['done']], done['ticket'])
      Conformance.match('status', step.fetch('status', 0), done['status'])
      Conformance.match('reply', step['expect'], done['reply']) if step.key?('expect')
    end

    def operation(index, at, step)
      status, buffer = answer(at, step)
      reply = take(step['op'], status, buffer)
      unless status == step.fetch('status', 0)
        raise Mismatch, "got status #{status}, want #{step.fetch('status', 0)}: #{Conformance.write(reply)}"
      end

      @tickets[index] = reply['ticket'] if status == 1
      Conformance.match('reply', step['expect'], reply) if step.key?('expect')
    end

    def answer(at, step)
      operation = step['op'].to_sym
      return call(operation, step.fetch('in', {}), at) unless step.key?('raw')

      call(:stats, {}, at) # moves the clock, which raw input cannot carry
      @session.call(operation, step['raw'].sub('PADDING') { 'x' * step['pad'] })
    end

    def exchange(at, http)
      request = poll(at, 'request')
      check(http['expect'], request)
      reply = http['reply']
      unless reply.key?('error')
        body = reply.fetch('body', '')
        reply = { 'headers' => {}, **reply, 'body' => body.is_a?(String) ? body : Conformance.write(body) }
      end
      status, answer = call(:complete, { 'id' => request['id'], **reply }, at)
      raise Mismatch, "complete answers status #{status}: #{answer}" unless status.zero?
    end

    def check(want, request)
      url = URI.parse(request['url'])
      given = {
        'method' => request['method'],
        'origin' => request['url'][%r{\A\w+://[^/?]*}],
        'path' => url.path,
        'query' => URI.decode_www_form(url.query.to_s).to_h
      }
      given.each { |name, value| Conformance.match(name, want[name], value) if want.key?(name) }
      want.fetch('headers', {}).each do |name, value|
        Conformance.match("header #{name}", value, request['headers'][name])
      end
      Conformance.match('body', want['body'], Conformance.parse(request['bytes'])) if want.key?('body')
    end

    def poll(at, kind)
      status, buffer = call(:poll, {}, at)
      reply = take('poll', status, buffer)
      raise Mismatch, "poll gives #{Conformance.write(reply)}, want #{kind}" unless status.zero? && reply.keys == [kind]

      reply[kind]
    end

    # Reads an answer and takes it down for the digests: a request as such, anything else as the text it is.
    def take(operation, status, buffer)
      text = Conformance.json_of(buffer)
      reply = Conformance.parse(text)
      request = reply['request'] if operation == 'poll'
      if request
        body = request['body'] || { 'at' => 0, 'len' => 0 }
        request['bytes'] = buffer.byteslice(body['at'], body['len']).force_encoding(Encoding::UTF_8)
        @requests << Conformance.request_bytes(request)
      else
        @replies << "#{status}\n#{text}\n"
      end
      reply
    end

    def call(operation, fields, at)
      @session.call(operation, Conformance.write({ **fields, 'now_ms' => at }))
    end
  end

  def request_bytes(request)
    headers = request['headers'].map { |name, value| "#{name}: #{value}\n" }.join
    body = request['bytes']
    "#{request['method']}\n#{request['url']}\n#{headers}\n#{body.bytesize}\n#{body}"
  end

  # How a case ends: a status, a message, and the digests of what the client did.
  def run(test)
    needs = test.fetch('needs', []) + (test['group'] == REAL_TIME ? [] : ['virtual-time'])
    lacking = needs.find { |need| !CAPABILITIES.include?(need) }
    return { status: 'skipped', message: lacking } if lacking

    where = 'open'
    run = Run.new(test)
    test['steps'].each_with_index do |step, index|
      where = "step #{index}"
      run.step(index, step)
    end
    run.session.shutdown('{"timeout_ms":0}')
    { status: 'passed', message: '', **run.digests }
  rescue Mismatch, LibPostHog::Error => e
    { status: 'failed', message: "#{where}: #{e.message}" }
  end

  def main(folder, out)
    files = JSON.parse(File.read(File.join(folder, 'index.json'), encoding: 'UTF-8'))['files']
    cases = files.flat_map { |name| parse(File.read(File.join(folder, name), encoding: 'UTF-8'))['cases'] }
    results = cases.map do |test|
      result = run(test)
      puts "ruby: #{test['id']}: #{result[:message]}" if result[:status] == 'failed'
      { id: test['id'], group: test['group'], **result }
    end
    File.write(out, "#{JSON.pretty_generate(host: 'ruby', results: results)}\n")
    failed, skipped = %w[failed skipped].map { |status| results.count { |result| result[:status] == status } }
    puts "ruby: ran #{results.size - skipped} cases, #{failed} failed, #{skipped} skipped"
    failed.zero?
  end
end

exit(Conformance.main(*ARGV)) if $PROGRAM_NAME == __FILE__
