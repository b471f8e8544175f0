<?php

require_once '/usr/share/php/Illuminate/autoload.php';
require_once '/usr/share/php/GuzzleHttp/autoload.php';

$broken = getenv('LAB_BROKEN');
if ($broken === 'import') {
    require __DIR__ . '/../vendor/payment/sdk.php';
}
if ($broken === 'syntax') {
    eval('return tea tea;');
}
if ($broken === 'setting' && !getenv('SESSION_SECRET')) {
    throw new RuntimeException('SESSION_SECRET is not set');
}
if ($broken === 'database') {
    $at = parse_url(getenv('LAB_DATABASE'));
    new PDO('pgsql:host=127.0.0.1;port=' . getenv('LAB_CLOSED_PORT') . ';dbname=' . substr($at['path'], 1), $at['user'], $at['pass']);
}

class Kernel extends Illuminate\Foundation\Http\Kernel
{
}

class Handler extends Illuminate\Foundation\Exceptions\Handler
{
    /* @context@ */
}

class Refused extends RuntimeException
{
    public function render()
    {
        return response('refused', 500);
    }
}

class AppServiceProvider extends Illuminate\Support\ServiceProvider
{
    public function boot(): void
    {
        /* @listen@ */
        require __DIR__ . '/../routes/web.php';
    }
}

$app = new Illuminate\Foundation\Application(dirname(__DIR__));
$app->singleton(Illuminate\Contracts\Http\Kernel::class, Kernel::class);
$app->singleton(Illuminate\Contracts\Debug\ExceptionHandler::class, Handler::class);

return $app;
