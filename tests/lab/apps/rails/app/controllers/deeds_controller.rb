require 'json'
require 'net/http'
require 'open3'

class Item < ActiveRecord::Base; end

class Elsewhere < ActiveRecord::Base
  self.abstract_class = true
end

class Single < ActiveRecord::Base
  self.abstract_class = true
end

# The deeds of the lab as actions of one controller.
class DeedsController < ActionController::Base
  class Refused < StandardError; end
  rescue_from(Refused) { render plain: 'refused', status: 500 }

  def do_ok = say('ok')

  # --- the database
  def do_items_count = say(Item.count)
  def do_stock_from_closed_port = say(count_at(port: ENV['LAB_CLOSED_PORT']))
  def do_stock_from_lost_name = say(count_at(host: 'db.invalid'))
  def do_stock_with_old_password = say(count_at(password: 'expired-last-week'))
  def do_stock_other_database = say(count_at(database: 'never_created'))

  def do_stock_wherever
    say(count_at(port: ENV['LAB_CLOSED_PORT']))
  rescue StandardError
    say(Item.count)
  end

  def do_items_add_twice = run_sql("insert into items (id, name, stock) values (1, 'tea', 1)")
  def do_items_add_nameless = run_sql('insert into items (id, name, stock) values (901, null, 1)')
  def do_orders_of_nothing = run_sql('insert into orders (id, item_id) values (901, 77777)')
  def do_items_take_too_many = run_sql('update items set stock = stock - 1000 where id = 3')
  def do_items_count_all_tea = run_sql('update items set stock = 99999999999 where id = 5')

  def do_items_add_and_count
    Item.transaction do
      begin
        Item.connection.execute("insert into items (id, name, stock) values (1, 'tea', 1)")
      rescue ActiveRecord::RecordNotUnique
        nil
      end
      say(Item.count)
    end
  end

  def do_search = run_sql('select name form items wher id = 1')
  def do_loyalty = run_sql('select * from loyalty_points')
  def do_colours = run_sql('select colour from items')
  def do_payroll = run_sql('select amount from salaries')
  def do_ledger = run_sql('select count(note) from ledger')
  def do_report_limited = run_sql('set local statement_timeout = 300', 'select pg_sleep(3)')
  def do_report = run_sql("select pg_sleep(#{params[:s].to_f})")
  def do_report_short = run_sql('select pg_sleep(0.8)')
  def do_visits_add = run_sql('set transaction read only', 'update items set stock = stock + 1 where id = 4')
  def do_count_shelf = run_sql('update items set stock = stock where id = 7', 2.0)
  def do_reserve = run_sql("set local lock_timeout = '300ms'", 'update items set stock = stock - 1 where id = 7')

  def do_archive
    run_sql('insert into archive select repeat(md5(random()::text), 60) from generate_series(1, 40000)')
  end

  def do_transfer
    run_sql("update items set stock = stock + 1 where id = #{params[:from].to_i}", 0.5,
            "update items set stock = stock + 1 where id = #{params[:to].to_i}")
  end

  def do_rebalance
    run_sql('set transaction isolation level serializable', 'select sum(stock) from items where id in (8, 9)', 0.5,
            'update items set stock = stock + 1 where id = 8')
  end

  def do_items_add_if_new
    Item.create!(id: 1, name: 'tea', stock: 1)
    say('added')
  rescue ActiveRecord::RecordNotUnique
    render plain: 'there is one already', status: 409
  end

  def do_basket_merge
    Single.establish_connection("#{ENV['LAB_DATABASE']}?pool=1&checkout_timeout=0.4")
    pool = Single.connection_pool
    2.times { pool.checkout }
    say('merged')
  end

  # --- outside services
  def do_rates = say(rate('/rate'))
  def do_rates_broken = say(rate('/status/500'))
  def do_rates_closed_for_repair = say(rate('/status/503'))
  def do_rates_too_often = say(rate('/status/429'))
  def do_rates_old_key = say(rate('/status/401'))
  def do_rates_gone = say(rate('/status/404'))
  def do_rates_slow = say(rate('/slow'))
  def do_rates_cut = say(rate('/reset'))
  def do_rates_empty = say(rate('/empty'))
  def do_rates_forbidden = say(rate('/status/403'))
  def do_rates_html = say(rate('/html'))
  def do_rates_nobody = say(rate('/rate', "http://127.0.0.1:#{ENV['LAB_CLOSED_PORT']}"))
  def do_rates_lost_name = say(rate('/rate', 'http://rates.invalid'))
  def do_rates_secure = say(rate('/rate', ENV['LAB_OUTSIDE'].sub('http:', 'https:')))

  def do_rates_retry
    3.times do
      answer = ask("/flaky/#{params[:key]}")
      return say(JSON.parse(answer.body)['rate']) if answer.is_a?(Net::HTTPSuccess)
    end
    raise 'no rate'
  end

  def do_rates_guess
    say(rate('/status/500'))
  rescue StandardError
    say('about 2')
  end

  def do_rates_then_bug
    ask('/status/404')
    say({}.fetch(:eur))
  end

  def do_cards_declined = render(plain: 'your bank declined', status: ask('/status/402').code.to_i)

  # --- the app itself
  def do_answer_500 = render(plain: 'sorry', status: 500)
  def do_answer_404 = render(plain: 'no such thing', status: 404)
  def do_answer_422 = render(plain: 'that is no number', status: 422)
  def do_answer_302 = redirect_to('/ok')
  def do_abort = head(503)
  def do_refused = raise(Refused, 'not on a Tuesday')
  def do_discount = say(100 / params.fetch(:by, 0).to_i)
  def do_category = say(ancestors(1))
  def do_profile = say({ name: 'eve' }[:address].upcase)

  def do_invoice_chained
    [].fetch(0)
  rescue IndexError
    raise 'no invoice could be made'
  end

  def do_recovered
    say(1 / 0)
  rescue ZeroDivisionError
    say('infinity')
  end

  def do_label = require('label_printer')
  def do_gift_card = say(ENV.fetch('GIFT_CARD_KEY'))

  def do_thumbnail_as_program
    tool = File.join(ENV['LAB_FOLDER'], 'thumbnailer-rails')
    File.write(tool, 'no program')
    File.chmod(0o600, tool)
    say(Open3.capture2(tool).first)
  end

  def do_export
    place = ENV['LAB_SMALL_DISK'].to_s
    file = place.empty? ? '/dev/full' : File.join(place, 'export-rails.csv')
    File.write(file, "a line of the export\n" * 3_000_000)
    say('exported')
  end

  def do_hold
    File.write(File.join(ENV['LAB_FOLDER'], "#{ENV['OTEL_SERVICE_NAME']}.holding"), Process.pid.to_s)
    sleep(params.fetch(:s, 6).to_f)
    say('held')
  end

  def do_header
    response.set_header('X-Basket', 'tea,' * 20_000)
    say('ok')
  end

  # --- what came later
  def do_items_price_per_nothing = run_sql('select 1 / (stock - stock) from items where id = 1')
  def do_items_by_name_as_number = run_sql("select count(*) from items where id = 'tea'::text::int")
  def do_items_on_the_31st_of_june = run_sql("select date '2024-06-31'")
  def do_items_only_one_of_many = run_sql('select (select id from items where id < 3)')
  def do_items_which_id = run_sql('select id from items join orders on item_id = items.id')
  def do_items_sum_of_sums = run_sql('select sum(sum(stock)) from items')
  def do_items_two_columns = run_sql('insert into orders (id, item_id) values (1, 2, 3)')
  def do_items_drop = run_sql('drop table items')
  def do_archive_schema = run_sql('create table warehouse.items (id int)')
  def do_stock_as_retired_user = say(count_at(username: 'retired'))
  def do_stock_as_locked_user = say(count_at(username: 'locked'))
  def do_stock_as_crowded_user = say(count_at(username: 'crowded'))
  def do_stock_as_guest = say(count_at(database: 'private'))
  def do_stock_after_a_nap = run_sql('set idle_in_transaction_session_timeout = 500', 1.6, 'select count(*) from items')
  def do_items_none_there = say(Item.find(4711).name.upcase)

  def do_items_add_and_give_up
    Item.connection.execute('select * from loyalty_points')
  rescue StandardError
    render plain: 'no loyalty today', status: 503
  end

  def do_items_bad_input
    Item.connection.execute("select count(*) from items where id = 'tea'::text::int")
  rescue StandardError
    render plain: 'that is no number', status: 400
  end

  def do_items_add_again
    begin
      Item.create!(id: 1, name: 'tea', stock: 1)
    rescue ActiveRecord::RecordNotUnique
      nil
    end
    say(Item.count)
  end

  def do_stock_and_rates
    say(count_at(port: ENV['LAB_CLOSED_PORT']))
  rescue StandardError
    say(rate('/status/500'))
  end

  def do_stock_and_bug
    begin
      stock = count_at(port: ENV['LAB_CLOSED_PORT'])
    rescue StandardError
      stock = nil
    end
    say(stock.tea)
  end

  def do_stock_wrapped
    Item.connection.execute('select * from loyalty_points')
  rescue StandardError
    raise 'no stock today'
  end

  def do_rates_bad_gateway = say(rate('/status/502'))
  def do_rates_gateway_timeout = say(rate('/status/504'))
  def do_rates_bad_request = say(rate('/status/400'))
  def do_rates_unprocessable = say(rate('/status/422'))
  def do_rates_half = say(rate('/half'))
  def do_rates_bad_chunk = say(rate('/chunk'))
  def do_rates_not_gzip = say(rate('/gzip'))
  def do_rates_half_json = say(rate('/json'))
  def do_rates_drip = say(rate('/drip'))
  def do_rates_self_signed = say(rate('/rate', "https://127.0.0.1:#{ENV['LAB_SECURE']}"))
  def do_rates_plain_to_tls = say(rate('/rate', "http://127.0.0.1:#{ENV['LAB_SECURE']}"))
  def do_rates_passed_on_broken = pass_on(502) { rate('/status/500') }
  def do_rates_passed_on_slow = pass_on(504) { rate('/slow') }
  def do_rates_passed_on_too_often = pass_on(503) { rate('/status/429') }
  def do_rates_passed_on_nobody = pass_on(503) { rate('/rate', "http://127.0.0.1:#{ENV['LAB_CLOSED_PORT']}") }
  def do_rates_passed_on_not_found = pass_on(404) { rate('/status/404') }
  def do_rates_passed_on_too_often_too = pass_on(429) { rate('/status/429') }

  def do_rates_second_mirror
    say(rate('/rate', "http://127.0.0.1:#{ENV['LAB_CLOSED_PORT']}"))
  rescue StandardError
    say(rate('/slow'))
  end

  def do_answer_501 = render(plain: 'not yet', status: 501)

  def do_header_two_lines
    response.set_header('X-Basket', 12)
    say(Integer('tea'))
  end

  def do_json_set = say(JSON.generate(Float::NAN))
  def do_report_threads = say(Thread.new { [1].fetch(3) }.value)
  def do_assert = raise(NotImplementedError, 'the host is no tea')
  def do_raise_connection = raise(Timeout::Error, 'the customer did not decide in time')

  def do_log_errors
    Rails.logger.error('connection to postgresql://db:5432/shop refused; using the copy')
    say('ok')
  end

  private

  def pass_on(status)
    say(yield)
  rescue StandardError
    render plain: 'no rate', status: status
  end

  def ancestors(of) = ancestors(of) + 1

  def say(what) = render(plain: what.to_s)

  def run_sql(*steps)
    Item.transaction do
      steps.each { |step| step.is_a?(Float) ? sleep(step) : Item.connection.execute(step) }
    end
    say('done')
  end

  def count_at(**changes)
    at = URI(ENV['LAB_DATABASE'])
    usual = { adapter: 'postgresql', host: at.host, port: at.port, username: at.user, password: at.password,
              database: at.path[1..], connect_timeout: 2 }
    Elsewhere.establish_connection(usual.merge(changes))
    Elsewhere.connection.select_value('select count(*) from items')
  ensure
    Elsewhere.remove_connection
  end

  def ask(path, where = ENV['LAB_OUTSIDE'])
    uri = URI(where + path)
    Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == 'https', open_timeout: 1, read_timeout: 1) do |http|
      http.max_retries = 0
      http.get(uri.path)
    end
  end

  def rate(path, where = ENV['LAB_OUTSIDE'])
    answer = ask(path, where)
    answer.value
    JSON.parse(answer.body)['rate']
  end
end
