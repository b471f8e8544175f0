<?php

// The deeds of the lab as routes, each named as in the lab's table.

use Illuminate\Database\QueryException;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Http;
use Illuminate\Support\Facades\Route;

function stock(string $connection = 'default'): string
{
    return (string) DB::connection($connection)->table('items')->count();
}

function run(string|float ...$steps): string
{
    DB::transaction(function () use ($steps) {
        foreach ($steps as $step) {
            is_float($step) ? usleep((int) ($step * 1e6)) : DB::statement($step);
        }
    });
    return 'done';
}

function rate(string $path, ?string $where = null): string
{
    $answer = Http::timeout(1)->get(($where ?? getenv('LAB_OUTSIDE')) . $path)->throw();
    return (string) json_decode($answer->body(), false, 8, JSON_THROW_ON_ERROR)->rate;
}

function hold(): string
{
    file_put_contents(getenv('LAB_FOLDER') . '/' . getenv('OTEL_SERVICE_NAME') . '.holding', getmypid());
    usleep((int) (request('s', 6) * 1e6));
    return 'held';
}

$closed = 'http://127.0.0.1:' . getenv('LAB_CLOSED_PORT');
$secure = str_replace('http:', 'https:', getenv('LAB_OUTSIDE'));
$deeds = [
    'ok' => fn () => 'ok',
    'items/count' => fn () => stock(),
    'stock/from-closed-port' => fn () => stock('closed'),
    'stock/from-lost-name' => fn () => stock('lost'),
    'stock/with-old-password' => fn () => stock('old'),
    'stock/other-database' => fn () => stock('other'),
    'stock/wherever' => function () {
        try {
            return stock('closed');
        } catch (QueryException) {
            return stock();
        }
    },
    'items/add-twice' => fn () => run("insert into items (id, name, stock) values (1, 'tea', 1)"),
    'items/add-nameless' => fn () => run('insert into items (id, name, stock) values (901, null, 1)'),
    'orders/of-nothing' => fn () => run('insert into orders (id, item_id) values (901, 77777)'),
    'items/take-too-many' => fn () => run('update items set stock = stock - 1000 where id = 3'),
    'items/add-if-new' => function () {
        try {
            return run("insert into items (id, name, stock) values (1, 'tea', 1)");
        } catch (QueryException $error) {
            return $error->getCode() === '23505' ? response('there is one already', 409) : throw $error;
        }
    },
    'items/count-all-tea' => fn () => run('update items set stock = 99999999999 where id = 5'),
    'items/add-and-count' => fn () => DB::transaction(function () {
        rescue(fn () => DB::statement("insert into items (id, name, stock) values (1, 'tea', 1)"), null, false);
        return stock();
    }),
    'search' => fn () => run('select name form items wher id = 1'),
    'loyalty' => fn () => run('select * from loyalty_points'),
    'colours' => fn () => run('select colour from items'),
    'payroll' => fn () => run('select amount from salaries'),
    'ledger' => fn () => run('select count(note) from ledger'),
    'report/limited' => fn () => run('set local statement_timeout = 300', 'select pg_sleep(3)'),
    'report' => fn () => run('select pg_sleep(' . (float) request('s', 6) . ')'),
    'report/short' => fn () => run('select pg_sleep(0.8)'),
    'visits/add' => fn () => run('set transaction read only', 'update items set stock = stock + 1 where id = 4'),
    'archive' => fn () => run('insert into archive select repeat(md5(random()::text), 60) from generate_series(1, 40000)'),
    'transfer' => fn () => run(
        'update items set stock = stock + 1 where id = ' . (int) request('from'),
        0.5,
        'update items set stock = stock + 1 where id = ' . (int) request('to'),
    ),
    'count-shelf' => fn () => run('update items set stock = stock where id = 7', 2.0),
    'reserve' => fn () => run("set local lock_timeout = '300ms'", 'update items set stock = stock - 1 where id = 7'),
    'rebalance' => fn () => run(
        'set transaction isolation level serializable',
        'select sum(stock) from items where id in (8, 9)',
        0.5,
        'update items set stock = stock + 1 where id = 8',
    ),
    'rates' => fn () => rate('/rate'),
    'rates/broken' => fn () => rate('/status/500'),
    'rates/closed-for-repair' => fn () => rate('/status/503'),
    'rates/too-often' => fn () => rate('/status/429'),
    'rates/old-key' => fn () => rate('/status/401'),
    'rates/gone' => fn () => rate('/status/404'),
    'rates/slow' => fn () => rate('/slow'),
    'rates/cut' => fn () => rate('/reset'),
    'rates/empty' => fn () => rate('/empty'),
    'rates/forbidden' => fn () => rate('/status/403'),
    'rates/html' => fn () => rate('/html'),
    'rates/round-and-round' => fn () => rate('/loop'),
    'rates/nobody' => fn () => rate('/rate', $closed),
    'rates/lost-name' => fn () => rate('/rate', 'http://rates.invalid'),
    'rates/secure' => fn () => rate('/rate', $secure),
    'rates/retry' => fn () => (string) Http::retry(3, 10)->get(getenv('LAB_OUTSIDE') . '/flaky/' . request('key'))->json('rate'),
    'rates/guess' => fn () => rescue(fn () => rate('/status/500'), 'about 2', false),
    'rates/then-bug' => function () {
        Http::get(getenv('LAB_OUTSIDE') . '/status/404');
        return [][request('currency', 'eur')];
    },
    'cards/declined' => fn () => response('your bank declined', Http::get(getenv('LAB_OUTSIDE') . '/status/402')->status()),
    'answer/500' => fn () => response('sorry', 500),
    'answer/404' => fn () => response('no such thing', 404),
    'answer/422' => fn () => response('that is no number', 422),
    'answer/302' => fn () => response('', 302, ['Location' => '/ok']),
    'abort' => fn () => abort(503, 'not now'),
    'refused' => fn () => throw new Refused('not on a Tuesday'),
    'discount' => fn () => (string) intdiv(100, (int) request('by', 0)),
    'profile' => fn () => ['name' => 'eve']['address'],
    'invoice/chained' => function () {
        try {
            return (string) max([]);
        } catch (ValueError $error) {
            throw new RuntimeException('no invoice could be made', 0, $error);
        }
    },
    'recovered' => fn () => rescue(fn () => intdiv(1, 0), 'infinity', false),
    'label' => fn () => (new LabelPrinter\Client())->print(),
    'gift-card' => fn () => getenv('GIFT_CARD_KEY') ?: throw new RuntimeException('GIFT_CARD_KEY is not set'),
    'thumbnail/as-program' => function () {
        $tool = getenv('LAB_FOLDER') . '/thumbnailer-php';
        file_put_contents($tool, 'no program');
        chmod($tool, 0600);
        return (string) proc_close(proc_open([$tool], [], $pipes));
    },
    'export' => function () {
        $place = getenv('LAB_SMALL_DISK');
        $file = fopen($place ? "$place/export-php.csv" : '/dev/full', 'w');
        for ($line = 0; $line < 4000; $line++) {
            fwrite($file, str_repeat("a line of the export\n", 400));
        }
        return 'exported';
    },
    'panorama' => fn () => (string) strlen(str_repeat('x', 1 << 30)),
    'hold' => fn () => hold(),
    'calculate' => function () {
        set_time_limit(1);
        while (true) {
            hash('sha256', 'tea');
        }
    },
    'render' => fn () => posix_kill(getmypid(), 11) ? 'never' : 'never',
    'items/price-per-nothing' => fn () => run('select 1 / (stock - stock) from items where id = 1'),
    'items/by-name-as-number' => fn () => run("select count(*) from items where id = 'tea'::text::int"),
    'items/on-the-31st-of-june' => fn () => run("select date '2024-06-31'"),
    'items/only-one-of-many' => fn () => run('select (select id from items where id < 3)'),
    'items/which-id' => fn () => run('select id from items join orders on item_id = items.id'),
    'items/sum-of-sums' => fn () => run('select sum(sum(stock)) from items'),
    'items/two-columns' => fn () => run('insert into orders (id, item_id) values (1, 2, 3)'),
    'items/drop' => fn () => run('drop table items'),
    'archive/schema' => fn () => run('create table warehouse.items (id int)'),
    'stock/as-retired-user' => fn () => stock('retired'),
    'stock/as-locked-user' => fn () => stock('locked'),
    'stock/as-crowded-user' => fn () => stock('crowded'),
    'stock/as-guest' => fn () => stock('private'),
    'stock/after-a-nap' => fn () => run('set idle_in_transaction_session_timeout = 500', 1.6, 'select count(*) from items'),
    'items/none-there' => fn () => DB::table('items')->find(4711)->name,
    'items/too-many-values' => fn () => (string) count(DB::select('select 1 from items where id = ?', [1, 2, 3])),
    'items/add-and-give-up' => fn () => rescue(fn () => run('select * from loyalty_points'), fn () => response('none', 503), true),
    'items/bad-input' => fn () => rescue(fn () => run("select 'tea'::text::int"), fn () => response('no number', 400), false),
    'items/add-again' => fn () => rescue(fn () => run("insert into items values (1, 'tea', 1)"), null, false) . stock(),
    'stock/and-rates' => function () {
        try {
            return stock('closed');
        } catch (QueryException) {
            return rate('/status/500');
        }
    },
    'stock/and-bug' => fn () => rescue(fn () => stock('closed'), null, false)->tea(),
    'stock/wrapped' => function () {
        try {
            return run('select * from loyalty_points');
        } catch (QueryException $error) {
            throw new RuntimeException('no stock today', 0, $error);
        }
    },
    'rates/bad-gateway' => fn () => rate('/status/502'),
    'rates/gateway-timeout' => fn () => rate('/status/504'),
    'rates/bad-request' => fn () => rate('/status/400'),
    'rates/unprocessable' => fn () => rate('/status/422'),
    'rates/half' => fn () => rate('/half'),
    'rates/bad-chunk' => fn () => rate('/chunk'),
    'rates/not-gzip' => fn () => rate('/gzip'),
    'rates/half-json' => fn () => rate('/json'),
    'rates/drip' => fn () => rate('/drip'),
    'rates/self-signed' => fn () => rate('/rate', 'https://127.0.0.1:' . getenv('LAB_SECURE')),
    'rates/plain-to-tls' => fn () => rate('/rate', 'http://127.0.0.1:' . getenv('LAB_SECURE')),
    'rates/passed-on/broken' => fn () => rescue(fn () => rate('/status/500'), fn () => response('no rate', 502), false),
    'rates/passed-on/slow' => fn () => rescue(fn () => rate('/slow'), fn () => response('no rate', 504), false),
    'rates/passed-on/too-often' => fn () => rescue(fn () => rate('/status/429'), fn () => response('no rate', 503), false),
    'rates/passed-on/nobody' => fn () => rescue(fn () => rate('/rate', $closed), fn () => response('no rate', 503), false),
    'rates/passed-on/not-found' => fn () => rescue(fn () => rate('/status/404'), fn () => response('no rate', 404), false),
    'rates/passed-on/too-often-too' => fn () => rescue(fn () => rate('/status/429'), fn () => response('no rate', 429), false),
    'rates/second-mirror' => function () use ($closed) {
        try {
            return rate('/rate', $closed);
        } catch (Exception) {
            return rate('/slow');
        }
    },
    'answer/501' => fn () => response('not yet', 501),
    'crash/exit' => fn () => exit(3),
    'crash/kill' => fn () => posix_kill(getmypid(), 9) ? 'never' : 'never',
    'header/two-lines' => fn () => response('ok', 200, ['X-Basket' => new DateTime('no day')]),
    'text/latin' => fn () => response()->json(['name' => "caf\xe9"]),
    'json/set' => fn () => json_encode(NAN, JSON_THROW_ON_ERROR),
    'report/file' => fn () => file_get_contents('/srv/shop/reports/today.txt'),
    'assert' => fn () => throw new LogicException('the host is no tea'),
    'log/errors' => function () {
        logger()->error('connection to postgresql://db:5432/shop refused; using the copy');
        return 'ok';
    },
    'header' => fn () => response('ok', 200, ['X-Basket' => str_repeat('tea,', 20000)]),
];
foreach ($deeds as $path => $deed) {
    Route::get("/$path", $deed);
}
