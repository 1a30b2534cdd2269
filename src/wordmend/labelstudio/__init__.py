"""Label Studio: the page, tasks out, annotations in. Nothing else knows the server and its formats."""
