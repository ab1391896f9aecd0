/** The DER writer of the codec room, under the name that the fakes know it by. */
export {
  bits,
  bool,
  generalizedTime,
  ia5String,
  implicit,
  int,
  nul,
  octets,
  oid,
  pem,
  seq,
  set,
  tagged,
  time,
  utf8String,
} from '../../codec/der/encode.ts';
