/**
 * What more than one view needs. The build puts it into one file: by itself it would make one for
 * every set of views that share something, each a request of its own.
 */

import "./api";
import "./charted";
import "./lines";
import "./order";
import "./page";
import "./pieces";
import "./ranking";
