"""HTTP and the command line. Renders answers; decides nothing about them."""
