<?php

require_once '/usr/share/php/Illuminate/autoload.php';
require_once '/usr/share/php/GuzzleHttp/autoload.php';

if (str_contains($_SERVER['REQUEST_URI'] ?? '', '/fail/boot')) {
    throw new RuntimeException('SESSION_SECRET is not set');
}

if (str_contains($_SERVER['REQUEST_URI'] ?? '', '/fail/syntax')) {
    eval('return tea tea;');
}

class Kernel extends Illuminate\Foundation\Http\Kernel
{
}

class Handler extends Illuminate\Foundation\Exceptions\Handler
{
    /* @context@ */
}

class AppServiceProvider extends Illuminate\Support\ServiceProvider
{
    public function boot(): void
    {
        if (getenv('SHOP_BARE') !== '1') {
            /* @listen@ */
        }
        require __DIR__ . '/../routes/web.php';
    }
}

$app = new Illuminate\Foundation\Application(dirname(__DIR__));
$app->singleton(Illuminate\Contracts\Http\Kernel::class, Kernel::class);
$app->singleton(Illuminate\Contracts\Debug\ExceptionHandler::class, Handler::class);

return $app;
