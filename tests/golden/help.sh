ncrun help
