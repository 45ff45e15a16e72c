"""What a person looks at: pages, thumbnails and the files of a case."""
