ncrun node --help
