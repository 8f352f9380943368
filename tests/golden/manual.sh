ncrun help --man
