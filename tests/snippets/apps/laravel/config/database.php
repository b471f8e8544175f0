<?php

$shop = ['driver' => 'pgsql', 'host' => '127.0.0.1', 'port' => getenv('SHOP_DB_PORT'), 'database' => 'shop',
    'username' => 'shop', 'password' => '', 'charset' => 'utf8', 'prefix' => '', 'sslmode' => 'prefer'];

return ['default' => 'shop', 'migrations' => 'migrations', 'connections' => [
    'shop' => $shop,
    'dead' => ['port' => getenv('SHOP_DEAD_PORT')] + $shop,
    'keyless' => ['username' => 'keyless', 'password' => 'wrong'] + $shop,
]];
