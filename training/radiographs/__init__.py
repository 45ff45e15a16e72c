"""Reading films: pixels from any file, quality, markers, what is no chest film, and DICOM exports."""
