require ENV['CULPA_RB']
use Culpa::Trace
run(lambda do |env|
  raise "broken \xff bytes".b if env['PATH_INFO'].start_with?('/bytes')
  raise KeyError, 'no such product' if env['PATH_INFO'] == '/raise'

  [200, { 'content-type' => 'text/plain', 'x-pid' => Process.pid.to_s }, ["pid #{Process.pid}"]]
end)
