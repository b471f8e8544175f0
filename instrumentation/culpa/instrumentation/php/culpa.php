<?php

// Tells an OpenTelemetry collector of every request and of the exception or fatal error that failed it.
// No extension, no Composer package: `auto_prepend_file = /etc/php/culpa.php`. PHP 8.0 or later; FPM, mod_php, php -S.
// Configured by OTEL_SERVICE_NAME, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS, OTEL_RESOURCE_ATTRIBUTES,
// OTEL_SDK_DISABLED. Laravel's queries and outgoing requests as well: `\Culpa\Laravel::listen($this->app);` in boot() of
// a service provider.
// Changes no answer, sets no handler that a framework would find, sends when the client has its answer, waits for the
// collector at most 0.6 s, and asks one that is gone only every 10 s. One file, so that it can be copied.

declare(strict_types=1);

namespace Culpa;

/** One span as OTLP's JSON has it. */
final class Span
{
    public const SERVER = 2;
    public const CLIENT = 3;

    public static function make(string $name, int $kind, float $start, float $end, array $facts, string $failed = ''): array
    {
        $request = Request::$current;
        return [
            'traceId' => $request->traceId,
            'spanId' => $kind === self::SERVER ? $request->spanId : bin2hex(random_bytes(8)),
            'parentSpanId' => $kind === self::SERVER ? $request->parentId : $request->spanId,
            'name' => $name,
            'kind' => $kind,
            'startTimeUnixNano' => self::nanoseconds($start),
            'endTimeUnixNano' => self::nanoseconds($end),
            'attributes' => self::attributes($facts),
            'events' => [],
            'status' => $failed === '' ? (object) [] : ['code' => 2, 'message' => substr($failed, 0, 500)],
        ];
    }

    public static function attributes(array $facts): array
    {
        $told = [];
        foreach ($facts as $key => $value) {
            if ($value === null || $value === '') {
                continue;
            }
            $told[] = ['key' => $key, 'value' => is_bool($value) ? ['boolValue' => $value]
                : (is_int($value) ? ['intValue' => (string) $value] : ['stringValue' => substr((string) $value, 0, 32768)])];
        }
        return $told;
    }

    public static function nanoseconds(float $time): string
    {
        // A float does not hold nanoseconds since 1970.
        return (int) round($time * 1e6) . '000';
    }
}

/** An exception as OpenTelemetry describes it. */
final class Problem
{
    /** What databases print of a row, with what is put in its place. */
    private const VALUES = [
        '/(?<=\)=)\(.*?(?:\)(?= (?:already exists|is not present|is still|conflicts))|(?=\n[A-Z]{3,20}: )|\z)/s' => '(?)',
        '/(Failing row contains )\(.*?(?:\)(?=\.?(?:\n|\z))|\z)/s' => '$1(?)',
        "/(Duplicate entry |Incorrect [\\w ]{1,40} value: )'.*?(?:'(?= for (?:key|column) )|(?=\\n)|\\z)/s" => "$1'?'",
        '/(invalid input (?:syntax|value) for [^:\n]{1,80}: )"[^"\n]*+(?:"|$)/m' => '$1"?"',
    ];
    /** Secrets by their names and forms; the collector, which knows far more of both, looks again. */
    private const SECRETS = [
        '~(://[^\s:/@]{0,256}+:)(?!\d{1,5}(?:[/?#,]|\s|\z))[^\s/]{1,1024}@~' => '$1[redacted]@',
        '~\b(bearer|basic) [\w.+/=\~-]{8,}+~i' => '$1 [redacted]',
        '~(?<![\w-])eyJ[\w-]{5,}+(?:\.[\w-]*+){0,4}+~' => '[redacted]',
        '~((?<![a-z])(?:\w{0,40}[_-])?(?:pass(?:word|wd|phrase)?|pwd|secret|token|api_?key)\d?["\']?\]?\s{0,3}(?:=>|=)\s{0,3})(?!\[redacted|null|true|false)(?:"[^"\n]*+"?|\'[^\'\n]*+\'?|[^\s"\'&,;)}\]]++)~i' => '$1[redacted]',
    ];
    /** Characters; what databases and clients say is shorter. */
    private const MOST = 65536;
    private const SQLITE = [1 => 'SQLITE_ERROR', 3 => 'SQLITE_PERM', 5 => 'SQLITE_BUSY', 6 => 'SQLITE_LOCKED',
        8 => 'SQLITE_READONLY', 10 => 'SQLITE_IOERR', 11 => 'SQLITE_CORRUPT', 13 => 'SQLITE_FULL', 14 => 'SQLITE_CANTOPEN',
        18 => 'SQLITE_TOOBIG', 19 => 'SQLITE_CONSTRAINT', 20 => 'SQLITE_MISMATCH'];

    public static function event(\Throwable $error, float $at, bool $handled = false): array
    {
        $root = $error;
        while ($root->getPrevious()) {
            $root = $root->getPrevious();
        }
        return ['name' => 'exception', 'timeUnixNano' => Span::nanoseconds($at), 'attributes' => Span::attributes([
            'exception.type' => self::kind($error),
            'exception.message' => self::words($error),
            'exception.stacktrace' => self::stack($error),
            'exception.root.type' => self::kind($root),
            'exception.root.message' => self::words($root),
            'exception.handled' => $handled ?: null,
            'db.response.status_code' => self::code($error),
        ])];
    }

    /** Frameworks make one class of all fatal errors. */
    private static function kind(\Throwable $error): string
    {
        $told = is_a($error, 'Symfony\Component\ErrorHandler\Error\FatalError') ? $error->getError() : [];
        return $told ? self::fatalKind((int) ($told['type'] ?? 0)) : get_class($error);
    }

    private static function fatalKind(int $type): string
    {
        return [E_PARSE => 'ParseError', E_COMPILE_ERROR => 'CompileError'][$type] ?? 'FatalError';
    }

    /** What it says, without the values that Laravel and databases put into it. */
    public static function words(\Throwable $error): string
    {
        $words = $error->getMessage();
        if (is_a($error, 'Illuminate\Database\QueryException') && $error->getPrevious()) {
            $words = $error->getPrevious()->getMessage() . ' (SQL: ' . self::plain($error->getSql()) . ')';
        }
        return self::plainWords($words);
    }

    private static function plainWords(string $words): string
    {
        $words = substr($words, 0, self::MOST);
        $rules = self::VALUES + self::SECRETS;
        // What cannot be cleaned is not told.
        $words = preg_replace(array_keys($rules), array_values($rules), $words) ?? '[redacted]';
        return preg_replace_callback('/^(LINE \d+: )(.*)$/m', static fn ($found) => $found[1] . self::plain($found[2]), $words) ?? '[redacted]';
    }

    /** As PHP prints it, the first cause first, but without any call's arguments. */
    public static function stack(\Throwable $error): string
    {
        $parts = [];
        for ($each = $error; $each !== null && count($parts) < 10; $each = $each->getPrevious()) {
            $frames = '';
            foreach (array_slice($each->getTrace(), 0, 50) as $at => $frame) {
                $place = isset($frame['file']) ? "{$frame['file']}({$frame['line']})" : '[internal function]';
                $frames .= "#$at $place: " . ($frame['class'] ?? '') . ($frame['type'] ?? '') . $frame['function'] . "()\n";
            }
            $head = self::kind($each) . ': ' . self::words($each) . ' in ' . $each->getFile() . ':' . $each->getLine();
            array_unshift($parts, "$head\nStack trace:\n$frames#" . min(count($each->getTrace()), 50) . ' {main}');
        }
        return implode("\n\nNext ", $parts);
    }

    /** SQLSTATE, or MySQL's own number, which says more. */
    public static function code(\Throwable $error): string
    {
        for ($each = $error; $each !== null; $each = $each->getPrevious()) {
            if ($each instanceof \PDOException && is_array($each->errorInfo)) {
                [$state, $number] = $each->errorInfo + ['', 0];
                // PostgreSQL's number is always 7, and its states are telling.
                $sqlite = in_array($state, ['HY000', '23000'], true) && $number !== 7 ? (self::SQLITE[(int) $number] ?? '') : '';
                return (int) $number >= 1000 ? (string) $number : ($sqlite ?: (string) $state);
            }
        }
        return '';
    }

    public static function plain(string $sql): string
    {
        // A text that the cut left open ends with it; an apostrophe behind a letter (`can't`) begins none.
        $literal = "/([a-z]'(?:t|s|d|m|re|ve|ll)\\b)|'(?:[^'\\\\]|''|\\\\(?:.|\\z))*+'?+|(?<![\$\\w.\"`])\\d++(?:\\.\\d++)?\\b/s";
        $mask = static fn (array $found): string => ($found[1] ?? '') !== '' ? $found[0] : '?';
        return preg_replace_callback($literal, $mask, substr($sql, 0, 4000)) ?? '';
    }

    /** Arguments may hold line feeds: they end where the next frame, the next exception or the end of the stack begins. */
    private static function withoutArguments(string $stack): string
    {
        return implode("\n", array_map([self::class, 'bare'], preg_split('/\n(?=#\d|\nNext |  thrown)/', $stack) ?: []));
    }

    /** A frame (`#0 /srv/a.php(12): login('alice')`) without its arguments; anything else as it is. */
    private static function bare(string $frame): string
    {
        $ends = array_filter([strpos($frame, '): '), strpos($frame, ']: ')], 'is_int');
        $named = $ends ? min($ends) : false;
        $open = $named === false ? false : strpos($frame, '(', $named + 3);
        $is_frame = preg_match('/\A#\d{1,6} /', $frame) && $open !== false && strpos(substr($frame, 0, $open), "\n") === false;
        return $is_frame ? substr($frame, 0, $open) . '()' : $frame;
    }

    /** Type and words of one exception of a chain as PHP prints it; empty for what is none. */
    private static function head(string $printed): array
    {
        $head = (string) strstr($printed, "\nStack trace:\n", true);
        [$kind, $words] = explode(': ', substr($head, 0, (int) strrpos($head, ' in ')), 2) + ['', ''];
        return preg_match('/^[\w\\\\]+$/D', $kind) ? [$kind, $words] : [];
    }

    /** PHP's words for an exception that nobody caught hold all of it. */
    public static function fatal(array $last): array
    {
        $words = self::plainWords((string) $last['message']);
        $printed = str_starts_with($words, 'Uncaught ') ? preg_replace('/\n  thrown\z/', '', substr($words, 9)) : '';
        // A chain is printed first cause first; what ended the request is the last of it.
        $heads = array_values(array_filter(array_map([self::class, 'head'], explode("\n\nNext ", (string) $printed))));
        if ($heads) {
            [$first, $reached] = [$heads[0], end($heads)];
            $facts = [
                'exception.type' => $reached[0],
                'exception.message' => $reached[1],
                'exception.stacktrace' => self::withoutArguments((string) $printed),
                'exception.root.type' => $first[0],
                'exception.root.message' => $first[1],
                'db.response.status_code' => preg_match('/SQLSTATE\[(\w{5})\]/', $words, $code) ? $code[1] : '',
            ];
        } else {
            $kind = self::fatalKind($last['type']);
            $stack = "$kind: $words in {$last['file']}:{$last['line']}\nStack trace:\n#0 {main}";
            $facts = ['exception.type' => $kind, 'exception.message' => $words, 'exception.stacktrace' => $stack];
        }
        return ['name' => 'exception', 'timeUnixNano' => Span::nanoseconds(microtime(true)), 'attributes' => Span::attributes($facts)];
    }
}

/** The request that this process serves. */
final class Request
{
    public static ?Request $current = null;

    public string $traceId;
    public string $parentId = '';
    public string $spanId;
    private float $started;
    private array $children = [];
    /** @var array<int, array{\Throwable, float, bool}> kept, so that their ids stay theirs */
    private array $problems = [];
    private ?string $reserve;

    private const FATAL = E_ERROR | E_PARSE | E_CORE_ERROR | E_COMPILE_ERROR | E_USER_ERROR | E_RECOVERABLE_ERROR;
    private const PARENT = '/^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}/';

    public static function begin(): void
    {
        if (self::$current || in_array(PHP_SAPI, ['cli', 'phpdbg'], true)
            || strtolower((string) getenv('OTEL_SDK_DISABLED')) === 'true') {
            return;
        }
        self::$current = new self();
        // What Laravel answers with holds the exception, and is on the stack when the headers leave.
        header_register_callback(static fn () => self::safely(static fn () => self::$current->look()));
        // Behind the framework's own functions, which may still print an error page.
        register_shutdown_function(static function (): void {
            register_shutdown_function(static function (): void {
                register_shutdown_function(static fn () => self::safely(static fn () => self::$current->finish()));
            });
        });
    }

    private function __construct()
    {
        $this->started = (float) ($_SERVER['REQUEST_TIME_FLOAT'] ?? microtime(true));
        $found = preg_match(self::PARENT, (string) ($_SERVER['HTTP_TRACEPARENT'] ?? ''), $parent);
        $this->traceId = $found ? $parent[1] : bin2hex(random_bytes(16));
        $this->parentId = $found ? $parent[2] : '';
        $this->spanId = bin2hex(random_bytes(8));
        // For a report of memory that ran out.
        $this->reserve = str_repeat(' ', 131072);
    }

    /** Whatever goes wrong in here is told once a while and never reaches the app. */
    public static function safely(callable $work): void
    {
        // A framework's handler would make exceptions of our warnings.
        set_error_handler(static fn () => true);
        try {
            $work();
        } catch (\Throwable $error) {
            Exporter::complain(get_class($error) . ': ' . $error->getMessage());
        } finally {
            restore_error_handler();
        }
    }

    public function met(\Throwable $error, bool $handled = false): void
    {
        if (is_a($error, 'Symfony\Component\HttpKernel\Exception\HttpExceptionInterface')) {
            // abort(503) is an answer; what it was made of, if anything, is the exception.
            if ($error->getPrevious() !== null) {
                $this->met($error->getPrevious(), true);
            }
            return;
        }
        $known = $this->problems[spl_object_id($error)] ?? [$error, microtime(true), true];
        // What was reported first and reached the answer then was not handled.
        $this->problems[spl_object_id($error)] = [$error, $known[1], $known[2] && $handled];
    }

    public function add(array $span): void
    {
        if (count($this->children) < 200 || isset($span['status']['code'])) {
            $this->children[] = $span;
        }
    }

    private function look(): void
    {
        foreach (debug_backtrace(DEBUG_BACKTRACE_PROVIDE_OBJECT | DEBUG_BACKTRACE_IGNORE_ARGS) as $frame) {
            $object = $frame['object'] ?? null;
            if (is_a($object, 'Symfony\Component\HttpFoundation\Response') && property_exists($object, 'exception')
                && $object->exception instanceof \Throwable) {
                $this->met($object->exception);
                return;
            }
        }
    }

    private function finish(): void
    {
        $this->reserve = null;
        $last = error_get_last();
        $fatal = $last && ($last['type'] & self::FATAL) ? $last : null;
        if (function_exists('fastcgi_finish_request')) {
            fastcgi_finish_request();
        }
        $status = http_response_code() ?: ($fatal ? 500 : 200);
        Exporter::send(array_merge([$this->span($status, $status >= 500 || $fatal ? $fatal : null)], $this->children));
    }

    private function span(int $status, ?array $fatal): array
    {
        $failed = $status >= 500 || $fatal;
        $events = [];
        if ($failed) {
            Laravel::unanswered();
            foreach ($this->problems as $problem) {
                Database::failed($problem[0], $problem[1]);
                Http::failed($problem[0], $problem[1]);
                $events[] = Problem::event(...$problem);
            }
            if ($fatal && !$events) {
                $events[] = Problem::fatal($fatal);
            }
        }
        $reached = end($this->problems);
        $path = (string) strtok((string) ($_SERVER['REQUEST_URI'] ?? ''), '?');
        $route = Laravel::route();
        $method = (string) ($_SERVER['REQUEST_METHOD'] ?? '');
        $span = Span::make(trim("$method $route"), Span::SERVER, $this->started, microtime(true), [
            'http.request.method' => $method,
            'url.path' => $path,
            'url.scheme' => empty($_SERVER['HTTPS']) || $_SERVER['HTTPS'] === 'off' ? 'http' : 'https',
            'http.route' => $route,
            'http.response.status_code' => $status,
            'server.address' => (string) ($_SERVER['SERVER_NAME'] ?? ''),
            'server.port' => (int) ($_SERVER['SERVER_PORT'] ?? 0) ?: null,
            'error.type' => $failed ? ($reached ? get_class($reached[0]) : (string) $status) : '',
        ]);
        $span['events'] = $events;
        if ($failed) {
            $span['status'] = ['code' => 2, 'message' => $reached ? substr(Problem::words($reached[0]), 0, 500) : ''];
        }
        return $span;
    }
}

/** The database that a framework's exception speaks of. */
final class Database
{
    private const SYSTEMS = ['pgsql' => 'postgresql', 'mysql' => 'mysql', 'mariadb' => 'mariadb', 'sqlite' => 'sqlite',
        'sqlsrv' => 'microsoft.sql_server'];

    public static function failed(\Throwable $error, float $at): void
    {
        for ($each = $error; $each !== null; $each = $each->getPrevious()) {
            $isQuery = is_a($each, 'Illuminate\Database\QueryException');
            // A transaction's begin, commit and rollback have no SQL of the app's.
            if ($isQuery || $each instanceof \PDOException) {
                $cause = $each->getPrevious() ?? $each;
                $sql = $isQuery ? Problem::plain($each->getSql()) : '';
                $span = Span::make(strtok($sql, " \n") ?: 'query', Span::CLIENT, $at, $at, self::place(self::settings($each)) + [
                    'db.query.text' => $sql,
                    'db.response.status_code' => Problem::code($each),
                    'error.type' => get_class($cause),
                ], Problem::words($cause));
                $span['events'] = [Problem::event($cause, $at)];
                Request::$current->add($span);
                return;
            }
        }
    }

    public static function place(array $settings): array
    {
        $driver = (string) ($settings['driver'] ?? '');
        $host = $settings['host'] ?? '';
        return [
            'db.system.name' => self::SYSTEMS[$driver] ?? $driver,
            'db.namespace' => $settings['database'] ?? '',
            'server.address' => is_array($host) ? ($host[0] ?? '') : $host,
            'server.port' => $host && ($settings['port'] ?? 0) ? (int) $settings['port'] : null,
        ];
    }

    /** What the framework knows of the connection; [] where nobody does. */
    private static function settings(\Throwable $error): array
    {
        $app = Laravel::app();
        if (!$app || !$app->bound('db') || !$app->bound('config')) {
            return [];
        }
        $open = array_keys($app['db']->getConnections());
        // With several open connections older versions do not say which it was.
        $name = method_exists($error, 'getConnectionName') ? $error->getConnectionName() : (count($open) === 1 ? $open[0] : '');
        $settings = $app['config']["database.connections.$name"] ?? [];
        return is_array($settings) ? $settings : [];
    }
}

/** What Laravel tells. */
final class Laravel
{
    private static array $asked = [];

    public static function app(): ?object
    {
        $app = class_exists('Illuminate\Container\Container', false) ? \Illuminate\Container\Container::getInstance() : null;
        return $app instanceof \ArrayAccess ? $app : null;
    }

    public static function route(): string
    {
        try {
            $app = self::app();
            $route = $app && $app->bound('router') ? $app['router']->current() : null;
            return $route ? '/' . ltrim($route->uri(), '/') : '';
        } catch (\Throwable $error) {
            return '';
        }
    }

    /** Hear queries, outgoing requests and reported exceptions; from boot() of a service provider. */
    public static function listen(object $app): void
    {
        if (Request::$current === null) {
            return;
        }
        $hear = static function (string $event, callable $work) use ($app): void {
            $app['events']->listen($event, static fn ($told) => Request::safely(static fn () => $work($told)));
        };
        $hear('Illuminate\Database\Events\QueryExecuted', [self::class, 'queried']);
        $hear('Illuminate\Http\Client\Events\RequestSending', static fn ($told) => self::$asked[] = [microtime(true), $told->request]);
        $hear('Illuminate\Http\Client\Events\ResponseReceived', static fn ($told) => self::answered($told->request, $told->response->status()));
        $hear('Illuminate\Http\Client\Events\ConnectionFailed', static fn ($told) => self::answered($told->request, 0));
        $hear('Illuminate\Log\Events\MessageLogged', static function ($told): void {
            if (($told->context['exception'] ?? null) instanceof \Throwable) {
                Request::$current->met($told->context['exception'], true);
            }
        });
    }

    /** Redirects that never end, for instance, are neither a response nor a failed connection. */
    public static function unanswered(): void
    {
        while (self::$asked) {
            self::answered(end(self::$asked)[1], 0);
        }
    }

    private static function queried(object $told): void
    {
        $end = microtime(true);
        $sql = Problem::plain($told->sql);
        $facts = Database::place((array) $told->connection->getConfig()) + ['db.query.text' => $sql];
        Request::$current->add(Span::make(strtok($sql, " \n") ?: 'query', Span::CLIENT, $end - $told->time / 1000, $end, $facts));
    }

    private static function answered(object $request, int $status): void
    {
        $end = microtime(true);
        $start = (array_pop(self::$asked) ?? [$end])[0];
        $failed = $status === 0 || $status >= 400;
        Http::add($request->method(), $request->url(), $status, $start, $end, $failed ? (string) ($status ?: 'connect') : '');
    }
}

/** Outgoing requests, of Laravel's client and of Guzzle's exceptions. */
final class Http
{
    /** @var string[] hosts whose failure has a span */
    private static array $failed = [];

    public static function add(string $method, string $url, int $status, float $start, float $end, string $failed): void
    {
        $url = parse_url($url) + ['scheme' => 'http', 'host' => '', 'path' => ''];
        $port = $url['port'] ?? ($url['scheme'] === 'https' ? 443 : 80);
        $asked = "{$url['host']}:$port";
        // An exception tells again of what is known already.
        if ($failed !== '' && in_array($asked, self::$failed, true) && $start === $end) {
            return;
        }
        if ($failed !== '') {
            self::$failed[] = $asked;
        }
        Request::$current->add(Span::make($method ?: 'HTTP', Span::CLIENT, $start, $end, [
            'http.request.method' => $method,
            'http.response.status_code' => $status ?: null,
            'server.address' => $url['host'],
            'server.port' => $port,
            'url.full' => $url['scheme'] . '://' . $url['host'] . (isset($url['port']) ? ":{$url['port']}" : '') . $url['path'],
            'error.type' => $failed,
        ], $failed === '' ? '' : ($status ? "status code $status" : 'no answer')));
    }

    public static function failed(\Throwable $error, float $at): void
    {
        for ($each = $error; $each !== null; $each = $each->getPrevious()) {
            if (is_a($each, 'Illuminate\Http\Client\RequestException')) {
                $status = $each->response->status();
                self::add('', (string) $each->response->effectiveUri(), $status, $at, $at, (string) $status);
                return;
            }
            if (is_a($each, 'GuzzleHttp\Exception\TransferException') && method_exists($each, 'getRequest')) {
                $answer = method_exists($each, 'getResponse') ? $each->getResponse() : null;
                $status = $answer ? $answer->getStatusCode() : 0;
                $why = $status >= 400 ? (string) $status : get_class($each);
                self::add($each->getRequest()->getMethod(), (string) $each->getRequest()->getUri(), $status, $at, $at, $why);
                return;
            }
        }
    }
}

/** Sends what a request left behind; at once, because a PHP process forgets all at its end. */
final class Exporter
{
    private const CONNECT_S = 0.25;
    private const ANSWER_S = 0.3;
    private const PAUSE_S = 10;

    public static function send(array $spans): void
    {
        $to = self::target();
        $gone = (int) @filemtime(self::marker());
        if (time() - $gone < self::PAUSE_S) {
            return;
        }
        $body = json_encode(['resourceSpans' => [['resource' => ['attributes' => Span::attributes(self::resource())],
            'scopeSpans' => [['scope' => ['name' => 'culpa.php'], 'spans' => $spans]]]]],
            JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR | JSON_UNESCAPED_SLASHES);
        $secure = ($to['scheme'] ?? 'http') === 'https';
        $port = $to['port'] ?? ($secure ? 443 : 80);
        $socket = @stream_socket_client(($secure ? 'tls' : 'tcp') . "://{$to['host']}:$port", $number, $words, self::CONNECT_S);
        if (!$socket) {
            self::complain("cannot reach {$to['host']}:$port: $words");
            return;
        }
        $headers = "POST {$to['path']} HTTP/1.0\r\nHost: {$to['host']}:$port\r\nContent-Type: application/json\r\n";
        foreach (self::pairs('OTEL_EXPORTER_OTLP_HEADERS') as $name => $value) {
            $headers .= str_replace(["\r", "\n"], '', "$name: $value") . "\r\n";
        }
        stream_set_timeout($socket, 0, (int) (self::ANSWER_S * 1e6));
        @fwrite($socket, $headers . 'Content-Length: ' . strlen($body) . "\r\n\r\n" . $body);
        $answer = (string) @fgets($socket, 64);
        fclose($socket);
        // No answer in time is no loss: a busy collector has the request all the same.
        if ($answer !== '' && !preg_match('/^HTTP\/\S+ 2/', $answer)) {
            self::complain("{$to['host']}:$port answered " . trim($answer));
        } elseif ($gone) {
            @unlink(self::marker());
        }
    }

    /** One line, then silence for as long as the collector is not asked again. */
    public static function complain(string $words): void
    {
        try {
            $marker = self::marker();
            $known = @filemtime($marker) > 0;
            if (!is_link($marker)) {
                @touch($marker);
            }
            if (!$known) {
                error_log("culpa: telemetry is lost ($words) (said once)");
            }
        } catch (\Throwable $disabled) {
            // disable_functions may hold any of these, and then there is nobody to tell.
            return;
        }
    }

    private static function marker(): string
    {
        return sys_get_temp_dir() . '/culpa-' . md5(implode(' ', self::target()) . getmyuid());
    }

    private static function target(): array
    {
        $whole = self::setting('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT')
            ?: rtrim(self::setting('OTEL_EXPORTER_OTLP_ENDPOINT') ?: 'http://127.0.0.1:4318', '/') . '/v1/traces';
        return parse_url($whole) + ['scheme' => 'http', 'host' => '127.0.0.1', 'path' => '/v1/traces'];
    }

    private static function resource(): array
    {
        $told = self::pairs('OTEL_RESOURCE_ATTRIBUTES');
        $ours = ['host.name' => (string) gethostname(), 'process.pid' => (int) getmypid(), 'process.runtime.name' => 'php',
            'process.runtime.version' => PHP_VERSION, 'telemetry.sdk.name' => 'culpa', 'telemetry.sdk.language' => 'php'];
        $service = self::setting('OTEL_SERVICE_NAME') ?: ($told['service.name'] ?? 'unknown_service:php');
        return ['service.name' => $service] + $told + $ours;
    }

    private static function pairs(string $name): array
    {
        $pairs = [];
        foreach (explode(',', self::setting($name)) as $pair) {
            if (strpos($pair, '=')) {
                [$key, $value] = explode('=', $pair, 2);
                $pairs[rawurldecode(trim($key))] = rawurldecode(trim($value));
            }
        }
        return $pairs;
    }

    private static function setting(string $name): string
    {
        // FPM's env[…] and Apache's SetEnv.
        return (string) (getenv($name) ?: ($_SERVER[$name] ?? ''));
    }
}

Request::safely([Request::class, 'begin']);
