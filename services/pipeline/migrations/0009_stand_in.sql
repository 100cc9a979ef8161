-- Stands in for a change that another branch brings; numbers must be consecutive.
DO 0;
