# The routes of the lab's table; each deed is the action of the same name, with `_` for what is no letter.
module Deeds
  ROUTES = %w[
    ok items/count stock/from-closed-port stock/from-lost-name stock/with-old-password stock/other-database stock/wherever
    items/add-twice items/count-all-tea items/add-and-count items/add-nameless orders/of-nothing items/take-too-many items/add-if-new search loyalty colours payroll
    ledger report/limited report report/short visits/add archive transfer count-shelf reserve rebalance basket/merge
    rates rates/broken rates/closed-for-repair rates/too-often rates/old-key rates/gone rates/slow rates/cut rates/html rates/empty rates/forbidden
    rates/nobody rates/lost-name rates/secure rates/retry rates/guess rates/then-bug cards/declined
    answer/500 answer/404 answer/422 answer/302 abort refused discount category profile invoice/chained recovered label gift-card
    thumbnail/as-program export hold header
    items/price-per-nothing items/by-name-as-number items/on-the-31st-of-june items/only-one-of-many items/which-id
    items/sum-of-sums items/two-columns items/drop archive/schema stock/as-retired-user stock/as-locked-user
    stock/as-crowded-user stock/as-guest stock/after-a-nap items/none-there items/add-and-give-up items/bad-input items/add-again
    stock/and-rates stock/and-bug stock/wrapped rates/bad-gateway rates/gateway-timeout rates/bad-request
    rates/unprocessable rates/half rates/bad-chunk rates/not-gzip rates/half-json rates/drip rates/self-signed rates/plain-to-tls
    rates/passed-on/broken rates/passed-on/slow rates/passed-on/too-often rates/passed-on/nobody rates/passed-on/not-found
    rates/passed-on/too-often-too rates/second-mirror answer/501 header/two-lines json/set report/threads assert raise/connection
    log/errors
  ].to_h { |path| [path, "do_#{path.gsub(/\W/, '_')}"] }
end
