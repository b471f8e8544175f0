<?php

return ['default' => 'culpa', 'channels' => [
    /* @channel@ */
]];
