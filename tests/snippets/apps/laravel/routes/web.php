<?php

use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Http;
use Illuminate\Support\Facades\Route;

Route::get('/ok', fn () => (string) DB::table('orders')->count());
Route::get('/slow', fn () => (string) sleep(3));
Route::get('/fail/{fault}', fn (string $fault) => match ($fault) {
    'drift' => DB::table('reviews')->get(),
    'unique' => DB::table('orders')->insert(['id' => 1, 'note' => 'eve@example.com']),
    'timeout' => DB::transaction(function () {
        DB::statement('set local statement_timeout = 200');
        DB::select('select pg_sleep(5)');
    }),
    'lost' => DB::transaction(fn () => DB::select('select pg_terminate_backend(pg_backend_pid())')),
    'parse' => require __DIR__ . '/../storage/broken.php',
    'down' => DB::connection('dead')->select('select 1'),
    'keyless' => DB::connection('keyless')->select('select 1'),
    'cause' => price(),
    'memory' => strlen(str_repeat('x', 1 << 30)),
    'abort' => abort(503, 'closed'),
    'refused' => Http::get('http://127.0.0.1:' . getenv('SHOP_DEAD_PORT') . '/pay'),
    'circle' => Http::get(getenv('SHOP_PAYMENTS') . '/circle'),
    'upstream' => Http::get(getenv('SHOP_PAYMENTS') . '/pay?card=4111')->throw(),
});

function price(): int
{
    try {
        return intdiv(1, 0);
    } catch (DivisionByZeroError $error) {
        throw new RuntimeException('cannot price this order', 0, $error);
    }
}
