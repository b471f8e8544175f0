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
  ].to_h { |path| [path, "do_#{path.gsub(/\W/, '_')}"] }
end
