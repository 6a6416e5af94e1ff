"""Files in and out of the office: tables read whatever program wrote them, columns recognised, rows handed back for repair.

``reading`` turns bytes into sheets, ``headings`` finds the heading and proposes what each column is, ``tables`` tells rows
of data from the rest. None of them knows an area; an area brings its ``Field``s and judges its rows itself.
"""
