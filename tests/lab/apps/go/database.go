package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// pool opens connections only when they are asked for.
func pool(change func(*pgxpool.Config)) *pgxpool.Pool {
	// One way to connect: the same address with TLS would be a second.
	config, err := pgxpool.ParseConfig(os.Getenv("LAB_DATABASE") + "?sslmode=disable")
	if err != nil {
		panic(err)
	}
	config.ConnConfig.Tracer = otelpgx.NewTracer()
	config.ConnConfig.ConnectTimeout = 2 * time.Second
	config.MaxConns = 8
	change(config)
	made, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		panic(err)
	}
	return made
}

type asker interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func count(ctx context.Context, where asker) (any, error) {
	var found int
	err := where.QueryRow(ctx, "select count(*) from items").Scan(&found)
	return found, err
}

// countAt asks a database that is configured otherwise.
func countAt(route string, change func(*pgxpool.Config)) {
	get(route, func(_ http.ResponseWriter, r *http.Request) (any, error) { return elsewhere(r.Context(), change) })
}

func elsewhere(ctx context.Context, change func(*pgxpool.Config)) (any, error) {
	other := pool(change)
	defer other.Close()
	return count(ctx, other)
}

func atPort(port uint16) func(*pgxpool.Config) {
	return func(config *pgxpool.Config) { config.ConnConfig.Port = port }
}

// run does the statements in one transaction; a number among them is a pause in seconds.
func run(ctx context.Context, in *pgxpool.Pool, how pgx.TxOptions, statements ...any) error {
	return pgx.BeginTxFunc(ctx, in, how, func(tx pgx.Tx) error {
		for _, one := range statements {
			switch one := one.(type) {
			case string:
				if _, err := tx.Exec(ctx, one); err != nil {
					return err
				}
			case float64:
				time.Sleep(time.Duration(one * float64(time.Second)))
			}
		}
		return nil
	})
}

func database() {
	items := pool(func(*pgxpool.Config) {})
	single := pool(func(config *pgxpool.Config) { config.MaxConns = 1 })
	statements := func(route string, how pgx.TxOptions, all ...any) {
		get(route, func(_ http.ResponseWriter, r *http.Request) (any, error) {
			return "done", run(r.Context(), items, how, all...)
		})
	}
	plain := pgx.TxOptions{}
	get("items/count", func(_ http.ResponseWriter, r *http.Request) (any, error) { return count(r.Context(), items) })
	statements("items/add-twice", plain, "insert into items (id, name, stock) values (1, 'tea', 1)")
	statements("items/add-nameless", plain, "insert into items (id, name, stock) values (901, null, 1)")
	statements("orders/of-nothing", plain, "insert into orders (id, item_id) values (901, 77777)")
	statements("items/take-too-many", plain, "update items set stock = stock - 1000 where id = 3")
	statements("items/count-all-tea", plain, "update items set stock = 99999999999 where id = 5")
	statements("items/price-per-nothing", plain, "select 1 / (stock - stock) from items where id = 1")
	statements("items/by-name-as-number", plain, "select count(*) from items where id = 'tea'::text::int")
	statements("items/on-the-31st-of-june", plain, "select date '2024-06-31'")
	statements("items/only-one-of-many", plain, "select (select id from items where id < 3)")
	statements("items/which-id", plain, "select id from items join orders on item_id = items.id")
	statements("items/sum-of-sums", plain, "select sum(sum(stock)) from items")
	statements("items/two-columns", plain, "insert into orders (id, item_id) values (1, 2, 3)")
	statements("items/drop", plain, "drop table items")
	statements("archive/schema", plain, "create table warehouse.items (id int)")
	statements("sort/on-disk", plain, "select count(*) from (select n from generate_series(1, 3000000) as n order by n desc) as s")
	statements("search", plain, "select name form items wher id = 1")
	statements("loyalty", plain, "select * from loyalty_points")
	statements("colours", plain, "select colour from items")
	statements("payroll", plain, "select amount from salaries")
	statements("ledger", plain, "select count(note) from ledger")
	statements("report/limited", plain, "set local statement_timeout = 300", "select pg_sleep(3)")
	statements("report/short", plain, "select pg_sleep(0.8)")
	statements("visits/add", pgx.TxOptions{AccessMode: pgx.ReadOnly}, "update items set stock = stock + 1 where id = 4")
	statements("archive", plain, "insert into archive select repeat(md5(random()::text), 60) from generate_series(1, 40000)")
	statements("count-shelf", plain, "update items set stock = stock where id = 7", 2.0)
	statements("reserve", plain, "set local lock_timeout = '300ms'", "update items set stock = stock - 1 where id = 7")
	statements("rebalance", pgx.TxOptions{IsoLevel: pgx.Serializable},
		"select sum(stock) from items where id in (8, 9)", 0.5, "update items set stock = stock + 1 where id = 8")
	statements("stock/after-a-nap", plain, "set idle_in_transaction_session_timeout = 500", 1.6, "select count(*) from items")
	get("transfer", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		asked := r.URL.Query()
		change := "update items set stock = stock + 1 where id = "
		return "done", run(r.Context(), items, plain, change+asked.Get("from"), 0.5, change+asked.Get("to"))
	})
	get("report", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		_, err := items.Exec(r.Context(), "select pg_sleep($1)", seconds(r, 3).Seconds())
		return "reported", err
	})
	get("report/patience", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		ctx, cancel := context.WithTimeout(r.Context(), 300*time.Millisecond)
		defer cancel()
		_, err := items.Exec(ctx, "select pg_sleep(2)")
		return "reported", err
	})
	get("items/add-if-new", func(w http.ResponseWriter, r *http.Request) (any, error) {
		err := run(r.Context(), items, plain, "insert into items (id, name, stock) values (1, 'tea', 1)")
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code == "23505" {
			http.Error(w, "there is one already", http.StatusConflict)
			return nil, nil
		}
		return "added", err
	})
	get("items/bad-input", func(w http.ResponseWriter, r *http.Request) (any, error) {
		if err := run(r.Context(), items, plain, "select count(*) from items where id = 'tea'::text::int"); err != nil {
			http.Error(w, "that is no number", http.StatusBadRequest)
		}
		return nil, nil
	})
	get("items/add-again", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		_ = run(r.Context(), items, plain, "insert into items (id, name, stock) values (1, 'tea', 1)")
		return count(r.Context(), items)
	})
	get("items/add-and-give-up", func(w http.ResponseWriter, r *http.Request) (any, error) {
		if err := run(r.Context(), items, plain, "select * from loyalty_points"); err != nil {
			http.Error(w, "no loyalty today", http.StatusServiceUnavailable)
		}
		return nil, nil
	})
	get("items/none-there", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		var name string
		err := items.QueryRow(r.Context(), "select name from items where id = 4711").Scan(&name)
		return name, err
	})
	get("items/too-many-values", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		_, err := items.Exec(r.Context(), "select count(*) from items where id = $1", 1, 2, 3)
		return "done", err
	})
	get("items/of-a-closed-connection", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		other := pool(func(*pgxpool.Config) {})
		other.Close()
		return count(r.Context(), other)
	})
	get("items/with-wrong-type", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		var name int
		err := items.QueryRow(r.Context(), "select name from items where id = 1").Scan(&name)
		return name, err
	})
	get("basket/merge", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		one, err := single.Acquire(r.Context())
		if err != nil {
			return nil, err
		}
		defer one.Release()
		ctx, cancel := context.WithTimeout(r.Context(), 400*time.Millisecond)
		defer cancel()
		other, err := single.Acquire(ctx)
		if err == nil {
			other.Release()
		}
		return "merged", err
	})
	closed := atPort(number(closedPort()))
	countAt("stock/from-closed-port", closed)
	countAt("stock/afresh", func(*pgxpool.Config) {})
	countAt("stock/from-silent-host", atPort(number(port("HOLE_PORT"))))
	countAt("stock/from-lost-name", func(config *pgxpool.Config) { config.ConnConfig.Host = "db.invalid" })
	countAt("stock/with-old-password", func(config *pgxpool.Config) { config.ConnConfig.Password = "expired-last-week" })
	countAt("stock/other-database", func(config *pgxpool.Config) { config.ConnConfig.Database = "never_created" })
	countAt("stock/as-retired-user", as("retired"))
	countAt("stock/as-locked-user", as("locked"))
	countAt("stock/as-crowded-user", as("crowded"))
	countAt("stock/as-guest", func(config *pgxpool.Config) { config.ConnConfig.Database = "private" })
	get("stock/wherever", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		if found, err := elsewhere(r.Context(), closed); err == nil {
			return found, nil
		}
		return count(r.Context(), items)
	})
	get("stock/and-rates", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		if found, err := elsewhere(r.Context(), closed); err == nil {
			return found, nil
		}
		return rate(r.Context(), outsideURL("/status/500"))
	})
	get("stock/and-bug", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		found, _ := elsewhere(r.Context(), closed)
		return found.(map[string]int)["tea"], nil
	})
	get("stock/wrapped", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		return nil, wrap("no stock today", run(r.Context(), items, plain, "select * from loyalty_points"))
	})
}

func as(user string) func(*pgxpool.Config) {
	return func(config *pgxpool.Config) { config.ConnConfig.User = user }
}
