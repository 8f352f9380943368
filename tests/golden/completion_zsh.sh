ncrun completion zsh
