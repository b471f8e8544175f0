Rails.application.routes.draw do
  get '/ok' => 'orders#ok'
  get '/orders/:id' => 'orders#show'
  get '/fail/:fault' => 'orders#fail'
end
