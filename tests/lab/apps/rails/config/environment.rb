require_relative 'application'
Rails.application.initialize!
if ENV['LAB_BROKEN'] == 'database'
  closed = URI(ENV['LAB_DATABASE']).tap { |url| url.port = ENV['LAB_CLOSED_PORT'].to_i }
  ActiveRecord::Base.establish_connection(closed.to_s)
  ActiveRecord::Base.connection
end
