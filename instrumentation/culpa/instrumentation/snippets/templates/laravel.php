// [logs storage/logs]
// Laravel as a good witness. Spans need no change of the app: set up PHP-FPM with `culpa snippet php`; its file finds the
// exception that Laravel answers with. Three changes of the app tell more.

// 1. Queries, outgoing requests and exceptions that were reported and survived; boot() of app/Providers/AppServiceProvider.php:
if (class_exists(\Culpa\Laravel::class, false)) {
    \Culpa\Laravel::listen($this->app);
}

// 2. The ids of the request on every reported exception; app/Exceptions/Handler.php, in the class (Laravel 11 and later:
//    the same array by `$exceptions->context(fn () => […])` in bootstrap/app.php):
protected function context()
{
    return array_merge(parent::context(), array_filter([
        'request_id' => $_SERVER['HTTP_X_REQUEST_ID'] ?? null,
        'traceparent' => $_SERVER['HTTP_TRACEPARENT'] ?? null,
    ]));
}

// 3. A log that says all, for what no span tells of; config/logging.php, among 'channels' (and 'culpa' among those of
//    'stack'). Then: culpa collect --tail laravel_json=/path/of/the/app/@logs@/culpa.json
'culpa' => [
    'driver' => 'monolog',
    'handler' => Monolog\Handler\StreamHandler::class,
    'with' => ['stream' => storage_path('logs/culpa.json')],
    'formatter' => Monolog\Formatter\JsonFormatter::class,
    'formatter_with' => ['includeStacktraces' => true],
],
