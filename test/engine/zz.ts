import { readFileSync, readdirSync } from 'node:fs';
import { BarsDataFeed, Cerebro, Strategy, timeframe } from 'nextbar';
const dir='/work/shared/oracle/';
for (const name of ['J10_timers','J11_timers_daily']) {
 const s = JSON.parse(readFileSync(dir+name+'.json','utf8'));
 const d = s.datas[0];
 const rows = readFileSync(dir+'data/'+d.file,'utf8').trim().split('\n').slice(1).map(l=>l.split(',').map(Number)).slice(d.start, d.start+d.count);
 const tf = d.timeframe==='days'?'1d':'1h'; const ms = timeframe(tf).ms!;
 const bars = rows.map(r=>({time:r[0]!-ms,open:r[1]!,high:r[2]!,low:r[3]!,close:r[4]!,volume:r[5]!}));
 const got: any[] = [];
 class S extends Strategy { bar=-1; 
  constructor(c: any){ super(c); s.timers.forEach((t:any,i:number)=>this.addTimer({when:t.when, ...(t.offset_min&&{offset:t.offset_min*60000}), ...(t.repeat_min&&{repeat:t.repeat_min*60000}), ...(t.weekdays&&{weekdays:t.weekdays}), ...(t.monthdays&&{monthdays:t.monthdays}), weekCarry:t.weekcarry??false, monthCarry:t.monthcarry??true, cheat:t.cheat??false}, (tm,when)=>got.push({bar:this.data.length-1,timer:i,when_ms:when,cheat:tm.cheat,data0_ts:this.data.closeTime}))); }
 }
 const r = await new Cerebro().addData(new BarsDataFeed({bars,timeframe:tf,name:'A'})).addStrategy(S as any).run();
 console.log(name, 'got', got.length, 'want', s.outputs.timers.length, r.warnings);
 const key=(x:any)=>JSON.stringify([x.bar,x.timer,x.when_ms,x.cheat,x.data0_ts]);
 const G=new Set(got.map(key)), W=new Set(s.outputs.timers.map(key));
 for (const w of s.outputs.timers) if(!G.has(key(w))) console.log('missing',new Date(w.data0_ts).toISOString(),new Date(w.when_ms).toISOString(),JSON.stringify(w));
 for (const g of got) if(!W.has(key(g))) console.log('extra',new Date(g.data0_ts).toISOString(),JSON.stringify(g));
 console.log(new Date(bars[0]!.time+ms).toISOString(), s.outputs.timers.slice(0,3));
}
