require_relative '../app/controllers/deeds'

Rails.application.routes.draw do
  Deeds::ROUTES.each { |path, action| get "/#{path}" => "deeds##{action}" }
end
