require 'logger'
require 'rails'
require 'action_controller/railtie'
require 'active_record/railtie'

module Shop
  class Application < Rails::Application
    config.eager_load = true
    config.secret_key_base = 'x' * 64
    config.hosts.clear
    config.consider_all_requests_local = false
  end
end
