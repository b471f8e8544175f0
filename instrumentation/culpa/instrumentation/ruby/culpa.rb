# frozen_string_literal: true

# Tells an OpenTelemetry collector of every request, its SQL and outgoing HTTP, and of the exceptions that failed it.
# Only the standard library of Ruby 3.0 or later. Rails 6.0 or later: put it into config/initializers/. Rack: require
# it and `use Culpa::Trace` first of all. One file, although a long one, so that it can be copied.
# Configured by OTEL_SERVICE_NAME, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS, OTEL_RESOURCE_ATTRIBUTES,
# OTEL_SDK_DISABLED.
# Never raises into the app, never waits for the collector, keeps at most 2048 spans, adds at most 2 s to an exit.

require 'json'
require 'net/http'
require 'securerandom'
require 'socket'
require 'uri'

module Culpa
  SERVER = 2
  CLIENT = 3
  MAX_FRAMES = 60

  class << self
    # Whatever goes wrong in here is told once and never reaches the app.
    def safely
      yield
    rescue StandardError => e
      warn "culpa: telemetry failed (#{e.class}: #{e.message}) (said once)" unless @said
      @said = true
      nil
    end

    def now = Process.clock_gettime(Process::CLOCK_REALTIME, :nanosecond)

    def current = Thread.current[:culpa_request]

    # Whatever bytes it holds: JSON takes only UTF-8.
    def text(value) = value.to_s.dup.force_encoding('UTF-8').scrub('?')

    def attributes(hash)
      hash.reject { |_, value| value.nil? || value == '' }.map do |key, value|
        kind = case value
               when Integer then { intValue: value.to_s }
               when true, false then { boolValue: value }
               else { stringValue: text(value)[0, 32_768] }
               end
        { key: key, value: kind }
      end
    end

    def enabled? = ENV['OTEL_SDK_DISABLED'].to_s.downcase != 'true'
  end

  # An exception as OpenTelemetry describes it; causes follow in the stack trace, outermost first, as Ruby prints them.
  module Problem
    # What databases print of a row, with what is put in its place.
    VALUES = {
      /(?<=\)=)\(.*?(?:\)(?= (?:already exists|is not present|is still|conflicts))|(?=\n[A-Z]{3,20}: )|\z)/m => '(?)',
      /(Failing row contains )\(.*?(?:\)(?=\.?(?:\n|\z))|\z)/m => '\1(?)',
      /(Duplicate entry |Incorrect [\w ]{1,40} value: )'.*?(?:'(?= for (?:key|column) )|(?=\n)|\z)/m => "\\1'?'",
      /(invalid input (?:syntax|value) for [^:\n]{1,80}: )"(?>[^"\n]*)(?:"|$)/ => '\1"?"',
      # Secrets by their names and forms; the collector, which knows far more of both, looks again.
      %r{(://(?>[^\s:/@]{0,256}):)(?!\d{1,5}(?:[/?#,]|\s|\z))[^\s/]{1,1024}@} => '\1[redacted]@',
      %r{\b(bearer|basic) (?>[\w.+/=~-]{8,})}i => '\1 [redacted]',
      /(?<![\w-])eyJ(?>[\w-]{5,})(?>(?:\.(?>[\w-]*)){0,4})/ => '[redacted]',
      /((?<![a-z])(?:\w{0,40}[_-])?(?:pass(?:word|wd|phrase)?|pwd|secret|token|api_?key)\d?["']?\]?\s{0,3}(?:=>|=)\s{0,3})(?!\[redacted|nil|null|true|false)(?:"(?>[^"\n]*)"?|'(?>[^'\n]*)'?|(?>[^\s"'&,;)\}\]]+))/i => '\1[redacted]'
    }.freeze
    # Characters; what databases and clients say is shorter.
    MOST = 65_536
    EXCERPT = /^(?:LINE \d+: ).*$/.freeze
    SQLITE = { 1 => 'SQLITE_ERROR', 3 => 'SQLITE_PERM', 5 => 'SQLITE_BUSY', 6 => 'SQLITE_LOCKED', 7 => 'SQLITE_NOMEM',
               8 => 'SQLITE_READONLY', 10 => 'SQLITE_IOERR', 11 => 'SQLITE_CORRUPT', 13 => 'SQLITE_FULL',
               14 => 'SQLITE_CANTOPEN', 18 => 'SQLITE_TOOBIG', 19 => 'SQLITE_CONSTRAINT', 20 => 'SQLITE_MISMATCH' }.freeze

    LIBRARY = %r{/gems/|/vendor/|/vendor_ruby/|/ruby/\d|\A<internal:|\A\(eval|/initializers/culpa\.rb(?::|\z)}.freeze
    RESCUE = /[`']rescue in /.freeze
    # Clients that have nothing to clean up after an error: their second one is of another call.
    STATELESS = %w[Net Errno SocketError OpenSSL Faraday HTTP HTTPX RestClient Excon].freeze

    module_function

    # The exception and its causes, but not what the app had rescued before it went on to something else, which failed for itself.
    def chain(error)
      found = []
      while error && found.size < 10 && !found.any? { |known| known.equal?(error) }
        break if found.any? && gone_on?(found.last, error)

        found << error
        error = error.cause
      end
      found
    end

    def gone_on?(error, caught)
      return false if LIBRARY !~ error.backtrace&.first.to_s || (catchers(error) - catchers(caught)).empty?

      of = ->(each) { each.class.name.to_s[/\A\w+/] }
      return true if STATELESS.include?(of[error])

      # What fails while the same library cleans up is a consequence.
      10.times do
        return false if of[caught] == of[error]

        caught = caught.cause or return true
      end
      false
    end

    def catchers(error)
      (error.backtrace || []).select { |line| RESCUE.match?(line) && !LIBRARY.match?(line) }.map { |line| line[/:in .*/] }
    end

    # Databases print the offending row's values; Ruby adds guesses that name other variables.
    def words(error)
      said = error.respond_to?(:original_message) ? error.original_message : error.message
      plain = VALUES.reduce(Culpa.text(said)[0, MOST]) { |words, (pattern, instead)| words.gsub(pattern, instead) }
      plain.gsub(EXCERPT) { |line| line[/\ALINE \d+: /] + Database.plain(line.sub(/\ALINE \d+: /, '')) }
    end

    def stack(error)
      chain(error).map do |each|
        first, *rest = each.backtrace || []
        next unless first

        ["#{first}: #{words(each)} (#{each.class})", *rest.first(MAX_FRAMES).map { |line| "\tfrom #{Culpa.text(line)}" }].join("\n")
      end.compact.join("\n")
    end

    def code(error)
      chain(error).reverse_each do |each|
        found = of_driver(each)
        return found.to_s if found
      end
      nil
    end

    def of_driver(error)
      if error.respond_to?(:result) && error.result.respond_to?(:error_field)
        error.result.error_field(67) # PG::Result::PG_DIAG_SQLSTATE
      elsif error.respond_to?(:error_number) && error.error_number.to_i.positive?
        error.error_number
      elsif error.class.name.to_s.start_with?('SQLite3::') && error.respond_to?(:code)
        SQLITE[error.code.to_i & 0xff]
      end
    end

    def event(error, at, handled, swallowed: nil)
      root = chain(error).last
      { name: 'exception', timeUnixNano: at.to_s, attributes: Culpa.attributes(
        'exception.type' => error.class.name, 'exception.message' => words(error),
        'exception.stacktrace' => stack(error), 'exception.root.type' => root.class.name,
        'exception.root.message' => words(root), 'exception.handled' => (true if handled), 'exception.swallowed' => swallowed,
        'db.response.status_code' => code(error)
      ) }
    end
  end

  # One request: its ids, its spans so far, and the exceptions that it met.
  class Request
    PARENT = /\A[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}/.freeze

    attr_reader :problems, :children, :pools

    def self.served? = @served

    def self.serve = @served = true

    def initialize(env)
      Request.serve
      parent = PARENT.match(env['HTTP_TRACEPARENT'].to_s)
      @trace_id = parent ? parent[1] : SecureRandom.hex(16)
      @parent_id = parent ? parent[2] : ''
      @span_id = SecureRandom.hex(8)
      # Rails asks itself for /500 when it draws the error page.
      @path = "#{env['SCRIPT_NAME']}#{env['PATH_INFO']}"
      @started = Culpa.now
      @problems = []
      @children = []
      @pools = {}.compare_by_identity # from a database's exception to the pool of its connection
      @told = []
    end

    def told?(error) = @told.any? { |known| known.equal?(error) }

    def traceparent(span_id) = "00-#{@trace_id}-#{span_id}-01"

    def met(error, handled: false)
      return if error.nil? || @problems.any? { |known, _| Problem.chain(known).any? { |each| each.equal?(error) } }

      @problems << [error, Culpa.now, handled]
    end

    # Raised in the app's own code; told only if the request fails and nothing else says why.
    def raised(error) = @raised = [error, Culpa.now, true]

    def child(name, attributes, started, ended: Culpa.now, error: nil, failed: !error.nil?, span_id: nil)
      return if @children.size >= 200 && !failed

      @told << error if error
      @children << { traceId: @trace_id, spanId: span_id || SecureRandom.hex(8), parentSpanId: @span_id, name: name,
                     kind: CLIENT, startTimeUnixNano: started.to_s, endTimeUnixNano: ended.to_s,
                     attributes: Culpa.attributes(error ? attributes.merge('error.type' => error.class.name) : attributes),
                     events: error ? [Problem.event(error, ended, false)] : [], status: state(failed, error) }
    end

    def finish(status, env)
      status = (status || 500).to_i
      return if status < 100 # taken over by the app: a WebSocket

      failed = status >= 500
      @problems.each { |error, at, _| Database.missed(self, error, at) } if failed
      Exporter.add(@children + [span(status, env, failed)])
    end

    private

    def span(status, env, failed)
      route = Route.of(env, @path)
      error = failed ? @problems.last&.first : nil
      { traceId: @trace_id, spanId: @span_id, parentSpanId: @parent_id, kind: SERVER,
        name: Culpa.text([env['REQUEST_METHOD'], route].compact.join(' ')),
        startTimeUnixNano: @started.to_s, endTimeUnixNano: Culpa.now.to_s,
        attributes: Culpa.attributes(described(env, route).merge(
          'http.response.status_code' => status, 'error.type' => failed ? (error&.class&.name || status.to_s) : nil
        )),
        events: failed ? events : [], status: state(failed, error) }
    end

    def events
      return @problems.map { |each| Problem.event(*each) } unless @problems.empty?

      @raised ? [Problem.event(*@raised, swallowed: true)] : []
    end

    def described(env, route)
      action = env['action_dispatch.request.path_parameters'] || {}
      { 'http.request.method' => env['REQUEST_METHOD'], 'url.path' => @path,
        'url.scheme' => env['rack.url_scheme'], 'http.route' => route,
        'server.address' => env['SERVER_NAME'], 'server.port' => env['SERVER_PORT'].to_i,
        'code.function.name' => action.values_at(:controller, :action).compact.join('#') }
    end

    def state(failed, error) = failed ? { code: 2, message: error ? Problem.words(error)[0, 500] : '' } : {}
  end

  # The template of a request's path: Rails 7.1 and Sinatra tell it, before that its parameters do.
  module Route
    module_function

    def of(env, path)
      told = env['action_dispatch.route_uri_pattern'] || env['sinatra.route']&.split(' ', 2)&.last
      return told.sub(/\(\.:format\)\z/, '') if told

      named = env['action_dispatch.request.path_parameters'] or return
      names = named.reject { |key, _| %i[controller action format].include?(key) }.map { |k, v| [v.to_s, ":#{k}"] }.to_h
      path.split('/', -1).map { |part| names.fetch(part, part) }.join('/')
    end
  end

  # SQL, as ActiveRecord tells of it, and what it does not tell of: failed connects and failed PREPAREs.
  module Database
    SYSTEMS = { 'postgresql' => 'postgresql', 'postgis' => 'postgresql', 'mysql2' => 'mysql', 'trilogy' => 'mysql',
                'sqlite3' => 'sqlite', 'sqlite' => 'sqlite' }.freeze
    PORTS = { 'postgresql' => 5432, 'mysql' => 3306 }.freeze
    # A text that the cut left open ends with it; an apostrophe within a word (`can't`) begins none.
    LITERALS = /([a-z]'(?:t|s|d|m|re|ve|ll)\b)|'(?>(?:[^'\\]|''|\\(?:.|\z))*'?)|(?<![$\w."`])(?>\d+)(?:\.(?>\d+))?\b/m.freeze

    module_function

    def subscribe
      ActiveSupport::Notifications.subscribe('sql.active_record') do |_, started, ended, _, told|
        Culpa.safely { ran(started, ended, told) } if Culpa.current && told[:name] != 'SCHEMA' && !told[:cached]
      end
    end

    def ran(started, ended, told)
      error = told[:exception_object]
      facts = place(told[:connection]&.pool)
      facts = facts.merge('db.query.text' => plain(told[:sql]), 'db.response.status_code' => error && Problem.code(error))
      Culpa.current.child(plain(told[:sql])[/\w+/] || 'query', facts, nanoseconds(started),
                          ended: nanoseconds(ended), error: error)
    end

    # No event of ActiveRecord's told of it: a failed connect, or a statement that failed while it was prepared.
    def missed(request, error, at)
      found = Problem.chain(error).find { |each| pool_of(request, each) }
      return if found.nil? || request.told?(found)

      sql = found.respond_to?(:sql) ? plain(found.sql) : ''
      facts = place(pool_of(request, found)).merge('db.query.text' => sql, 'db.response.status_code' => Problem.code(found))
      request.child(sql[/\w+/] || 'connect', facts, at, ended: at, error: found)
    end

    # Rails 7.1 and later tell it themselves.
    def pool_of(request, error)
      request.pools[error] || (error.connection_pool if error.respond_to?(:connection_pool))
    end

    # Where an error comes from is known where it is made.
    module Adapter
      private

      def translate_exception_class(*)
        super.tap { |error| Culpa.safely { Culpa.current&.pools&.store(error, pool) } }
      end
    end

    module Pool
      private

      def new_connection(*)
        super
      rescue StandardError => e
        Culpa.safely { Culpa.current&.pools&.store(e, self) }
        raise
      end
    end

    def hook
      ActiveRecord::ConnectionAdapters::AbstractAdapter.prepend(Adapter)
      ActiveRecord::ConnectionAdapters::ConnectionPool.prepend(Pool)
    end

    def place(pool)
      config = pool.respond_to?(:db_config) ? pool.db_config.configuration_hash : pool.respond_to?(:spec) ? pool.spec.config : {}
      system = SYSTEMS.fetch(config[:adapter].to_s, config[:adapter].to_s)
      name = system == 'sqlite' && config[:database] ? file(config[:database].to_s) : config[:database]
      { 'db.system.name' => system, 'db.namespace' => name, 'server.address' => config[:host],
        'server.port' => config[:host] ? (config[:port] || PORTS[system])&.to_i : nil }
    end

    # Rails takes a relative one from the app's folder.
    def file(name) = name.start_with?(':') ? name : File.expand_path(name, defined?(Rails.root) && Rails.root ? Rails.root.to_s : nil)

    def plain(sql) = Culpa.text(sql)[0, 4000].gsub(LITERALS) { Regexp.last_match(1) || '?' }

    def nanoseconds(time) = (time.to_r * 1_000_000_000).to_i
  end

  # Outgoing requests of Net::HTTP, which most of Ruby's HTTP clients stand on.
  module Http
    def request(req, body = nil, &block)
      asked = Culpa.current
      return super unless asked && started?

      started = Culpa.now
      span_id = SecureRandom.hex(8)
      req['traceparent'] = asked.traceparent(span_id) unless req.key?('traceparent')
      begin
        answer = super
      rescue StandardError => e
        Culpa.safely { asked.child(req.method, Http.facts(self, req), started, error: e, span_id: span_id) }
        raise
      end
      Culpa.safely do
        status = answer.code.to_i
        facts = Http.facts(self, req).merge('http.response.status_code' => status)
        facts['error.type'] = status.to_s if status >= 400
        asked.child(req.method, facts, started, failed: status >= 400, span_id: span_id)
      end
      answer
    end

    def self.facts(http, req)
      place = "#{http.use_ssl? ? 'https' : 'http'}://#{http.address}:#{http.port}"
      { 'http.request.method' => req&.method, 'server.address' => http.address, 'server.port' => http.port,
        'url.full' => "#{place}#{req&.path.to_s.split('?').first}" }
    end

    private

    # Refused, unknown host, TLS: before there is a request.
    def connect
      asked = Culpa.current
      return super unless asked

      started = Culpa.now
      begin
        super
      rescue StandardError => e
        Culpa.safely { asked.child('connect', Http.facts(self, nil), started, error: e) }
        raise
      end
    end
  end

  # Exceptions that a controller's `rescue_from` turns into an answer.
  module Rescued
    def rescue_with_handler(exception, **rest)
      Culpa.safely { Culpa.current&.met(exception, handled: true) }
      super
    end
  end

  # Exceptions that the app's own code raises, and perhaps rescues: a hook that costs something only when one is raised.
  module Swallowed
    def self.watch
      TracePoint.new(:raise) do |at|
        Culpa.safely { Culpa.current.raised(at.raised_exception) unless Problem::LIBRARY.match?(at.path) } if Culpa.current
      end.enable
    end
  end

  # Sends what is queued, from a thread of its own in every process.
  module Exporter
    QUEUE = SizedQueue.new(2048)
    LOCK = Mutex.new

    module_function

    def add(spans)
      start if @pid != Process.pid || !@thread&.alive?
      spans.each { |span| QUEUE.push(span, true) }
    rescue ThreadError
      nil # full: the collector is gone, and memory matters more
    end

    def start
      LOCK.synchronize do
        return if @pid == Process.pid && @thread&.alive?

        # A fork has a copy of what its parent will send, and inherits the parent's at_exit.
        QUEUE.clear unless @pid == Process.pid
        at_exit { Exporter.finish } unless @pid
        @pid = Process.pid
        @thread = Thread.new { loop { Culpa.safely { post(gather) } } }
      end
    end

    def gather
      spans = [QUEUE.pop]
      sleep 0.05
      spans << QUEUE.pop(true) while spans.size < 512
      spans
    rescue ThreadError
      spans
    end

    def finish
      return if QUEUE.empty? || @pid != Process.pid

      Thread.new { Culpa.safely { post(gather) until QUEUE.empty? } }.join(2)
    end

    def post(spans)
      deliver('traces', resourceSpans: [{ resource: resource, scopeSpans: [{ scope: { name: 'culpa.ruby' }, spans: spans }] }])
    end

    def deliver(signal, body)
      to = target(signal)
      http = Net::HTTP.new(to.host, to.port)
      http.use_ssl = to.scheme == 'https'
      http.open_timeout = http.write_timeout = http.read_timeout = 1
      answer = http.start { |open| open.post(to.request_uri, JSON.generate(body), headers) }
      raise "#{to} answered #{answer.code}" if answer.code.to_i >= 400
    end

    def target(signal)
      whole = ENV["OTEL_EXPORTER_OTLP_#{signal.upcase}_ENDPOINT"]
      URI(whole || "#{ENV.fetch('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://127.0.0.1:4318').chomp('/')}/v1/#{signal}")
    end

    def headers = pairs('OTEL_EXPORTER_OTLP_HEADERS').merge('content-type' => 'application/json')

    def resource
      ours = { 'service.name' => service, 'host.name' => Socket.gethostname, 'process.pid' => Process.pid,
               'process.runtime.name' => 'ruby', 'process.runtime.version' => RUBY_VERSION,
               'telemetry.sdk.name' => 'culpa', 'telemetry.sdk.language' => 'ruby' }
      told = pairs('OTEL_RESOURCE_ATTRIBUTES')
      told.delete('service.name') if ENV['OTEL_SERVICE_NAME'].to_s != ''
      { attributes: Culpa.attributes(ours.merge(told)) }
    end

    def service
      return ENV['OTEL_SERVICE_NAME'] if ENV['OTEL_SERVICE_NAME'].to_s != ''

      app = defined?(Rails.application) && Rails.application
      app ? app.class.name.to_s.split('::').first.downcase : 'unknown_service:ruby'
    end

    # A plus is a plus there.
    def pairs(name)
      ENV[name].to_s.split(',').map { |pair| pair.split('=', 2).map { |part| URI::DEFAULT_PARSER.unescape(part.strip) } }
               .select { |pair| pair.size == 2 }.to_h
    end
  end

  # A server that does not start has no request that could tell of it.
  module Crash
    SERVERS = %w[Puma::Launcher Unicorn::HttpServer Falcon::Service PhusionPassenger::App Thin::Server].freeze

    module_function

    def watch
      at_exit { Culpa.safely { tell($!) } }
    end

    def tell(error)
      return if error.nil? || error.is_a?(SystemExit) || error.is_a?(SignalException) || !serves?

      at = Culpa.now
      record = { timeUnixNano: at.to_s, severityNumber: 21, severityText: 'FATAL',
                 eventName: Request.served? ? 'server.crashed' : 'process.boot_failed',
                 body: { stringValue: 'uncaught exception, the process exits' },
                 attributes: Problem.event(error, at, false)[:attributes] }
      logs = { resource: Exporter.resource, scopeLogs: [{ scope: { name: 'process.crash' }, logRecords: [record] }] }
      Exporter.deliver('logs', resourceLogs: [logs])
    end

    # Not a console, not a task.
    def serves? = SERVERS.any? { |name| Object.const_defined?(name) }
  end

  # The Rack middleware; first in the stack, so that it sees what all others do.
  class Trace
    def initialize(app)
      @app = app
    end

    def call(env)
      request = Culpa.safely { Request.new(env) }
      return @app.call(env) unless request

      before = Culpa.current
      Thread.current[:culpa_request] = request
      begin
        answer = @app.call(env)
      rescue Exception => e # rubocop:disable Lint/RescueException -- handed on untouched
        Culpa.safely { request.met(e) }
        raise
      ensure
        Thread.current[:culpa_request] = before
        Culpa.safely do
          request.met(env['action_dispatch.exception'] || env['sinatra.error'] || env['rack.exception'])
          request.finish(answer&.first, env)
        end
      end
      answer
    end
  end
end

if Culpa.enabled?
  Culpa::Crash.watch
  Culpa::Swallowed.watch
  Net::HTTP.prepend(Culpa::Http)
  Culpa::Database.subscribe if defined?(ActiveSupport::Notifications)
  if defined?(ActiveSupport.on_load)
    ActiveSupport.on_load(:action_controller) { prepend Culpa::Rescued }
    ActiveSupport.on_load(:active_record) { Culpa.safely { Culpa::Database.hook } }
  end
  if defined?(Rails.application) && Rails.application
    Rails.application.config.middleware.insert_before 0, Culpa::Trace
  end
end
