<?php

$at = parse_url(getenv('LAB_DATABASE'));
$default = ['driver' => 'pgsql', 'host' => $at['host'], 'port' => $at['port'], 'database' => substr($at['path'], 1),
    'username' => $at['user'], 'password' => $at['pass'], 'charset' => 'utf8', 'prefix' => '', 'sslmode' => 'disable'];

return ['default' => 'default', 'migrations' => 'migrations', 'connections' => [
    'default' => $default,
    'closed' => ['port' => getenv('LAB_CLOSED_PORT')] + $default,
    'lost' => ['host' => 'db.invalid'] + $default,
    'old' => ['password' => 'expired-last-week'] + $default,
    'retired' => ['username' => 'retired'] + $default,
    'locked' => ['username' => 'locked'] + $default,
    'crowded' => ['username' => 'crowded'] + $default,
    'private' => ['database' => 'private'] + $default,
    'other' => ['database' => 'never_created'] + $default,
]];
