<?php defined('BASEPATH') OR exit('No direct script access allowed'); ?>

ERROR - 2021-11-08 17:44:09 --> Could not find the language line "sales_price_override"
ERROR - 2021-11-08 17:44:09 --> Could not find the language line "sales_reference_code"
ERROR - 2021-11-08 17:51:56 --> 404 Page Not Found: Images/favicon-32.png
ERROR - 2021-11-08 17:58:14 --> Severity: Warning --> mysqli::real_connect(): (08004/1040): Too many connections /var/www/html/vendor/codeigniter/framework/system/database/drivers/mysqli/mysqli_driver.php 201
ERROR - 2021-11-08 17:58:14 --> Unable to connect to the database
ERROR - 2021-11-08 17:58:31 --> Severity: Warning --> mysqli::real_connect(): (08004/1040): Too many connections /var/www/html/vendor/codeigniter/framework/system/database/drivers/mysqli/mysqli_driver.php 201
ERROR - 2021-11-08 17:58:31 --> Unable to connect to the database
ERROR - 2021-11-08 17:59:02 --> Severity: Warning --> mysqli::real_connect(): (08004/1040): Too many connections /var/www/html/vendor/codeigniter/framework/system/database/drivers/mysqli/mysqli_driver.php 201
ERROR - 2021-11-08 17:59:02 --> Unable to connect to the database
ERROR - 2021-11-08 18:03:40 --> Could not find the language line "sales_reference_code"
