"""Templates that Scrapy fills in."""
