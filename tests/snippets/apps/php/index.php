<?php
// A program without any framework; each path is a way to end.

$shop = fn (): PDO => new PDO('pgsql:host=127.0.0.1;port=' . getenv('SHOP_DB_PORT') . ';dbname=shop', 'shop');

switch (strtok($_SERVER['REQUEST_URI'], '?')) {
    case '/ok':
        header('X-Shop: yes');
        echo 'hello ', $_GET['name'] ?? 'you';
        exit;
    case '/buffered':
        ob_start(fn (string $text) => strtoupper($text));
        echo 'quiet';
        register_shutdown_function(function () {
            echo ' and more';
        });
        exit(3);
    case '/handled':
        set_exception_handler(function (Throwable $error) {
            http_response_code(503);
            echo 'sorry: ', $error->getMessage();
        });
        throw new LogicException('of its own handler');
    case '/drift':
        $shop()->query('select * from reviews');
        exit;
    case '/uncaught':
        try {
            intdiv(1, 0);
        } catch (DivisionByZeroError $error) {
            throw new RuntimeException('cannot price this order', 0, $error);
        }
    case '/warning':
        set_error_handler(fn (int $level, string $words) => throw new ErrorException($words));
        echo $undefined;
}
http_response_code(404);
