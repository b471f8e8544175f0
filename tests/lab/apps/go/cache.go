package main

import (
	"net/http"
	"strings"
	"time"

	"github.com/redis/go-redis/extra/redisotel/v9"
	"github.com/redis/go-redis/v9"
)

func redisAt(port string, change func(*redis.Options)) *redis.Client {
	options := &redis.Options{
		Addr: host + ":" + port, MaxRetries: -1, Protocol: 2, DisableIdentity: true, DialerRetries: 1,
		DialTimeout: 800 * time.Millisecond, ReadTimeout: 800 * time.Millisecond, WriteTimeout: 800 * time.Millisecond,
	}
	change(options)
	made := redis.NewClient(options)
	if err := redisotel.InstrumentTracing(made); err != nil {
		panic(err)
	}
	return made
}

func remember(route string, at *redis.Client) {
	get(route, func(_ http.ResponseWriter, r *http.Request) (any, error) {
		if err := at.Set(r.Context(), "basket", strings.Repeat("tea", 100), 0).Err(); err != nil {
			return nil, wrap("the basket is not kept", err)
		}
		return at.Get(r.Context(), "basket").Result()
	})
}

func cache() {
	same := func(*redis.Options) {}
	baskets := redisAt(port("REDIS"), same)
	closed := redisAt(closedPort(), same)
	remember("basket", baskets)
	remember("basket/closed", closed)
	remember("basket/full", redisAt(port("REDIS_FULL"), same))
	remember("basket/replica", redisAt(port("REDIS_REPLICA"), same))
	remember("basket/secret", redisAt(port("REDIS_SECRET"), same))
	remember("basket/cluster", redisAt(port("REDIS_CLUSTER"), same))
	remember("basket/old-password", redisAt(port("REDIS"), func(options *redis.Options) {
		options.Username, options.Password = "shop", "expired-last-week"
	}))
	say := func(route string, words ...any) {
		get(route, func(_ http.ResponseWriter, r *http.Request) (any, error) {
			if err := baskets.Set(r.Context(), "name", "tea", 0).Err(); err != nil {
				return nil, err
			}
			return baskets.Do(r.Context(), words...).Result()
		})
	}
	say("basket/as-list", "LPUSH", "name", "tea")
	say("basket/as-number", "INCR", "name")
	say("basket/unknown-script", "EVALSHA", strings.Repeat("0", 40), "0")
	say("basket/broken-script", "EVAL", "return redis.call('nope')", "0")
	say("basket/unknown-command", "BASKET", "1")
	get("basket/none-kept", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		return baskets.Get(r.Context(), "never-kept").Result()
	})
	get("basket/maybe", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		if err := closed.Ping(r.Context()).Err(); err != nil {
			return "an empty basket", nil
		}
		return "a basket", nil
	})
	get("basket/maybe-a-list", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		baskets.Set(r.Context(), "name", "tea", 0)
		if err := baskets.LPush(r.Context(), "name", "tea").Err(); err != nil {
			return "an empty basket", nil
		}
		return "a basket", nil
	})
}
