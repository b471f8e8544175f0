require 'net/http'

class Order < ActiveRecord::Base; end
class Review < ActiveRecord::Base; end

class Elsewhere < ActiveRecord::Base
  self.abstract_class = true
end

class OrdersController < ActionController::Base
  class Declined < StandardError; end
  rescue_from(Declined) { render plain: 'sorry', status: 500 }

  def ok = render(plain: Order.count.to_s)

  def show = render(plain: Order.find(params[:id]).note)

  def fail = send("fail_#{params[:fault]}")

  private

  def fail_drift = render(plain: Review.first.to_s)

  def fail_unique = Order.connection.execute("insert into orders values (1, 'eve@example.com')")

  def fail_timeout
    Order.transaction do
      Order.connection.execute('set local statement_timeout = 200')
      Order.connection.execute('select pg_sleep(5)')
    end
  end

  def fail_upstream
    answer = Net::HTTP.get_response(URI("#{ENV['SHOP_PAYMENTS']}/pay?card=4111"))
    raise "payment failed: #{answer.code}" unless answer.is_a?(Net::HTTPSuccess)
  end

  def fail_down
    Elsewhere.establish_connection(adapter: 'postgresql', host: '127.0.0.1', port: ENV['SHOP_DEAD_PORT'], database: 'shop')
    Elsewhere.connection.execute('select 1')
  end

  def fail_fallback
    fail_down
  rescue StandardError
    Net::HTTP.get_response(URI("#{ENV['SHOP_PAYMENTS']}/pay?card=4111")).value
  end

  def fail_cause
    begin
      {}.fetch(:price)
    rescue KeyError
      raise ArgumentError, 'cannot price this order'
    end
  end

  def fail_swallowed
    Integer('many')
  rescue ArgumentError
    render plain: 'sorry', status: 500
  end

  def fail_handled
    Order.connection.execute('selec 1')
  rescue ActiveRecord::StatementInvalid
    raise Declined, 'try later'
  end
end
